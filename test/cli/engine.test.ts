import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localServer } from '../kit/local-server.js';
import { ourProgram } from '../kit/our-program.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tomato-engine-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** Runs `npm run engine -- …` until it ends. */
async function engine(...args: readonly string[]) {
  const child = spawn(process.execPath, [...ourProgram('infra/engine/serve'), ...args]);
  const complaints = child.stderr.toArray();
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, complaints: Buffer.concat(await complaints).toString() };
}

describe('the engine alone', () => {
  it.each([
    ['nothing', []],
    ['no port', ['--dir', 'data']],
    ['no port that there is', ['--dir', 'data', '--port', '70000']],
    ['an option that there is not', ['--dir', 'data', '--port', '27017', '--fast']],
  ])('explains itself to who gives %s', async (_what, args) => {
    expect(await engine(...args)).toEqual({
      code: 1,
      complaints: 'Usage: npm run engine -- --dir DIR --port PORT [--no-sync]\n',
    });
  });

  it('says in one line that something else listens at its port', async () => {
    const [, port = ''] = (await localServer((_request, response) => void response.end())).split(':');

    const { code, complaints } = await engine('--dir', dir, '--port', port);

    expect(code).toBe(1);
    expect(complaints).toMatch(new RegExp(`^listen EADDRINUSE.*:${port}\\n$`));
  });
});
