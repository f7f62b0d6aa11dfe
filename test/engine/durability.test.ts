import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as lmdb from 'lmdb';
import mongoose from 'mongoose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataFile } from '../../src/infra/engine/store/data-file.js';
import { emptyFolder } from './kit.js';
import { kill, serve } from './served.js';

const opened = vi.hoisted((): lmdb.RootDatabaseOptions[] => []);
vi.mock('lmdb', async (importOriginal) => {
  const original = await importOriginal<typeof lmdb>();
  const open = (options: lmdb.RootDatabaseOptionsWithPath): unknown => {
    opened.push(options);
    return original.open(options);
  };
  return { ...original, open };
});

let dir: string;
beforeEach(async () => {
  dir = await emptyFolder();
});
afterEach(() => rm(dir, { recursive: true }));

/** Where the system calls of a process can be watched. */
const canWatch = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

describe('a write that was answered', () => {
  it.each([true, false])(
    'is on the disk before, unless it was asked that it need not be: noSync %s',
    async (noSync) => {
      const file = DataFile.open(dir, { noSync });
      await file.close();

      expect(opened.at(-1)).toMatchObject({ path: join(dir, 'store.mdb'), noSync, overlappingSync: false });
    },
  );

  it.skipIf(!canWatch)('was synced to the disk by a call of its own', { timeout: 60_000 }, async () => {
    const calls = join(dir, 'calls');
    const served = await serve(join(dir, 'data'), {
      under: ['strace', '-D', '-f', '-o', calls, '-e', 'trace=fdatasync,fsync'],
    });
    const connection = await mongoose.createConnection(served.uri).asPromise();
    const things = connection.collection<{ _id: number }>('things');
    await things.insertOne({ _id: 0 });
    const syncs = (): number => readFileSync(calls, 'utf8').match(/f(?:data)?sync\(/g)?.length ?? 0;

    const before = syncs();
    for (let n = 1; n <= 10; n++) await things.insertOne({ _id: n });
    const after = syncs();
    await connection.close();
    await kill(served, 'SIGTERM');

    expect(after - before).toBeGreaterThanOrEqual(10);
  });
});
