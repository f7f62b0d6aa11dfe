import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lmdbOptions } from '../../src/infra/engine/store/data-file.js';
import { emptyFolder } from './kit.js';
import { kill, serve } from './served.js';

let dir: string;
beforeEach(async () => {
  dir = await emptyFolder();
});
afterEach(() => rm(dir, { recursive: true }));

/** Where the system calls of a process can be watched. */
const canWatch = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

describe('a write that was answered', () => {
  it.each([true, false])(
    'is to be on the disk before, unless it was asked that it need not be: noSync %s',
    (noSync) => {
      expect(lmdbOptions('store.mdb', noSync)).toMatchObject({ path: 'store.mdb', noSync, overlappingSync: false });
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
