import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { LOADER } from '../kit/loader.js';
import { freePort } from '../kit/server-process.js';

// Each starts a program, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 60_000 });

it.each(['chat-sse.js', 'chat.ts'])('%s says in a sentence that nobody answers', async (name) => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const example = spawn(process.execPath, [...LOADER, `examples/${name}`, url]);
  const complaints = example.stderr.toArray();

  const [code] = (await once(example, 'exit')) as [number | null];

  expect(code).toBe(1);
  expect(Buffer.concat((await complaints) as Buffer[]).toString()).toMatch(
    /^(?:The server cannot be reached\.|Nobody answers at \S+: connect ECONNREFUSED \S+)\n$/,
  );
});
