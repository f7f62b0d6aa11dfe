import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChildServer } from '../kit/child-server.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tomato-lost-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** Lets a fault happen in the thread of the engine as soon as a file is there. */
const withFault = (path: string): string => `
  import { existsSync } from 'node:fs';
  import { isMainThread, workerData } from 'node:worker_threads';
  const isEngine = !isMainThread && workerData?.dir?.endsWith('documents');
  if (isEngine) setInterval(() => { if (existsSync(${JSON.stringify(path)})) throw new Error('thrown'); }, 20).unref();
`;

it(
  'ends where the thread of the engine does, so that whoever watches it starts it anew, and has everything then',
  { timeout: 60_000 },
  async () => {
    const path = join(dir, 'fault');
    const server = await ChildServer.start({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(withFault(path))}`,
      LOG_LEVEL: 'error',
    });
    const ada = await server.join();

    await writeFile(path, '');

    expect(await server.process.ended()).toBe(1);
    expect(server.process.said).toContain('the document engine has ended');
    await rm(path);
    await server.process.start();
    expect(await ada.ask('{ me { id } }')).toEqual({ data: { me: { id: ada.id } } });
    await server.close();
  },
);
