import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { REDIS, redisProcess } from './redis-process.js';
import { freePort, type ServerProcess } from './server-process.js';

type RealRedis = { readonly url: () => Secret };
type OwnRedis = RealRedis & { readonly server: () => ServerProcess };

/** Cases over a real Redis: that of `REDIS_URL`, or else a `redis-server` of their own. */
export function describeOverRedis(title: string, cases: (redis: RealRedis) => void): void {
  const given = process.env['REDIS_URL'];
  if (!given) return describeOverOwnRedis(title, cases);
  describe(`${title} (at REDIS_URL)`, () => {
    cases({ url: () => new Secret(given) });
  });
}

/**
 * Cases over a `redis-server` that they may kill, freeze and start again. It keeps nothing over a restart.
 * Where it is not installed they are skipped, and say so; in CI they fail.
 */
export function describeOverOwnRedis(title: string, cases: (redis: OwnRedis) => void): void {
  const isMissing = REDIS === null && !process.env['CI'];
  describe.skipIf(isMissing)(`${title}${isMissing ? ' (skipped: redis-server is not installed)' : ''}`, () => {
    let server: ServerProcess;
    let port: number;
    let dir: string;
    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'tomato-redis-'));
      port = await freePort();
      server = redisProcess({ port, dir });
      await server.start();
    });
    afterAll(async () => {
      await server.kill();
      rmSync(dir, { recursive: true });
    });
    cases({ url: () => new Secret(`redis://127.0.0.1:${port}`), server: () => server });
  });
}
