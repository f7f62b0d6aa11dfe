import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ourProgram } from '../kit/our-program.js';
import { freePort, ServerProcess } from '../kit/server-process.js';

const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));

it.skipIf(!hasIpv6)('prints an address that can be opened when it listens on IPv6', { timeout: 30_000 }, async () => {
  const port = await freePort();
  const server = await serverWith({ HOST: '::1', PORT: `${port}` }, `http://[::1]:${port}/livez`);

  await server.start();

  expect(server.said).toContain(`Tomato is ready at http://[::1]:${port}\n`);
});

it(
  'says in one line of its log which settings count for nothing, and none of their words',
  { timeout: 30_000 },
  async () => {
    const port = await freePort();
    const server = await serverWith(
      { PORT: `${port}`, LOG_LEVEL: 'warn', VLLM_API_KEY: 'sk-unused', S3_ACCESS_KEY: 'key-unused' },
      `http://127.0.0.1:${port}/livez`,
    );

    await server.start();

    const warnings = server.said.split('\n').filter((line) => line.includes('"level":"warn"'));
    expect(warnings.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: 'warn',
        time: expect.any(String),
        settings: [
          'S3_ACCESS_KEY counts for nothing without S3_ENDPOINT.',
          'VLLM_API_KEY counts for nothing without VLLM_BASE_URL.',
        ],
        msg: 'settings are there that count for nothing',
      },
    ]);
    expect(server.said).not.toContain('-unused');
  },
);

/** Reports what it imports on the way that a thread's messages take, as Node 24 does in each thread under `--watch`. */
const REPORTING_THREAD = `
  import { parentPort } from 'node:worker_threads';
  parentPort?.postMessage({ 'watch:import': ['node:worker_threads'] });
`;

it('starts where a newer Node watches it, whose threads have messages of their own', { timeout: 30_000 }, async () => {
  const port = await freePort();
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(REPORTING_THREAD)}`];
  const server = await serverWith({ PORT: `${port}` }, `http://127.0.0.1:${port}/livez`, preload);

  await server.start();

  expect(server.said).toContain(`Tomato is ready at http://127.0.0.1:${port}\n`);
});

/** Asks it to end once it listens, before a store can have answered what it is asked from then on. */
const ENDED_AS_IT_LISTENS = `
  import { Server } from 'node:http';
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...words) {
    this.once('listening', () => setImmediate(() => process.emit('SIGTERM', 'SIGTERM')));
    return listen.apply(this, words);
  };
`;

it('ends as it should when it is asked to just as it begins to listen', { timeout: 30_000 }, async () => {
  const port = await freePort();
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(ENDED_AS_IT_LISTENS)}`];
  const server = await serverWith({ PORT: `${port}` }, 'about:nothing', preload);

  await expect(server.start()).rejects.toThrow('did not start');

  expect(await server.ended(), server.said).toBe(0);
});

/** A server that is not started yet, on a folder of its own; it ends with the test. */
async function serverWith(
  env: Record<string, string>,
  url: string,
  nodeArgs: readonly string[] = [],
): Promise<ServerProcess> {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-start-'));
  const server = new ServerProcess({
    program: process.execPath,
    args: [...nodeArgs, ...ourProgram('main')],
    env: { NODE_ENV: 'development', LOG_LEVEL: 'silent', DATA_DIR: dir, ...env },
    async isReady() {
      await fetch(url);
      if (!server.said.includes('ready at')) throw new Error('It has not said so yet.');
    },
  });
  onTestFinished(async () => {
    await server.kill();
    await rm(dir, { recursive: true });
  });
  return server;
}
