import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ChildServer } from '../kit/child-server.js';
import { ourProgram } from '../kit/our-program.js';
import { REDIS, redisProcess } from '../kit/redis-process.js';
import { freePort, ServerProcess } from '../kit/server-process.js';

it.skipIf(REDIS === null && !process.env['CI'])(
  'waits at its start for a service that is started after it, and then works',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tomato-late-'));
    const port = await freePort();
    const redis = redisProcess({ port, dir });
    let isReady = false;

    const starting = ChildServer.start({ REDIS_URL: `redis://127.0.0.1:${port}` }).finally(() => (isReady = true));
    await untilSomebodyKnocks(port);
    expect(isReady).toBe(false);
    await redis.start();
    const server = await starting;

    const ada = await server.join();
    expect(await ada.ask('{ me { id } }')).toEqual({ data: { me: { id: ada.id } } });
    await server.close();
    await redis.kill();
    await rm(dir, { recursive: true });
  },
  60_000,
);

it('ends at once if it is asked to while it waits', { timeout: 60_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-late-'));
  const waiting: ServerProcess = new ServerProcess({
    program: process.execPath,
    args: [...ourProgram('main')],
    env: { DATA_DIR: dir, PORT: '0', MONGO_URL: `mongodb://127.0.0.1:${await freePort()}` },
    isReady: async () => {
      if (!waiting.said.includes('waiting for MongoDB')) throw new Error('not there yet');
    },
  });
  await waiting.start();

  expect(await waiting.end()).toBe(0);
  await rm(dir, { recursive: true });
});

/** Refuses the first connection to a port where nobody listens yet, so that whoever asked has to ask again. */
async function untilSomebodyKnocks(port: number): Promise<void> {
  const door = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  await once(door, 'connection');
  door.close();
  await once(door, 'close');
}
