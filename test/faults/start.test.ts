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
