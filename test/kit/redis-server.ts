import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { findProgram, freePort, ServerProcess } from './server-process.js';

const PROGRAM = findProgram('redis-server');

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
  const isMissing = PROGRAM === null && !process.env['CI'];
  describe.skipIf(isMissing)(`${title}${isMissing ? ' (skipped: redis-server is not installed)' : ''}`, () => {
    let server: ServerProcess;
    let port: number;
    let dir: string;
    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'tomato-redis-'));
      port = await freePort();
      const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
      server = new ServerProcess({ program: PROGRAM ?? 'redis-server', args, isReady: () => pong(port) });
      await server.start();
    });
    afterAll(async () => {
      await server.kill();
      rmSync(dir, { recursive: true });
    });
    cases({ url: () => new Secret(`redis://127.0.0.1:${port}`), server: () => server });
  });
}

function pong(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('data', (answer) => {
      socket.end();
      if (answer.toString().startsWith('+PONG')) resolve();
      else reject(new Error(answer.toString()));
    });
  });
}
