import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChildServer } from '../kit/child-server.js';
import { openSignedIn } from '../kit/raw-socket.js';

const GOING_AWAY = 1001;
/** Milliseconds within which a change must have been seen, and the server be back. */
const BACK_WITHIN_MS = 30_000;

let folder: string;
let server: ChildServer;
beforeAll(async () => {
  folder = await copyOfProject();
  server = await ChildServer.start({}, { devFolder: folder });
});
afterAll(async () => {
  await server.process.end();
  await server.close();
  await rm(folder, { recursive: true });
});

it('`npm run dev` restarts when a file changes, and logs nobody out', { timeout: 60_000 }, async () => {
  const ada = await server.join();
  const socket = await openSignedIn(server.url, ada.token);

  await change('src/main.ts', 'Tomato is ready', 'Tomato is ripe');

  expect((await socket.closed).code).toBe(GOING_AWAY);
  await expect.poll(() => server.process.said, { timeout: BACK_WITHIN_MS }).toContain('Tomato is ripe');
  expect(await ada.ask('{ me { id } }')).toEqual({ data: { me: { id: ada.id } } });
});

/** What the server is made of, where a change disturbs nobody. */
async function copyOfProject(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'tomato-dev-'));
  for (const part of ['src', 'package.json', 'tsconfig.json']) await cp(part, join(copy, part), { recursive: true });
  await symlink(resolve('node_modules'), join(copy, 'node_modules'), 'dir');
  return copy;
}

async function change(file: string, from: string, to: string): Promise<void> {
  const path = join(folder, file);
  await writeFile(path, (await readFile(path, 'utf8')).replace(from, to));
}
