import { rm } from 'node:fs/promises';
import mongoose from 'mongoose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctor } from '../../src/infra/engine/doctor.js';
import { emptyFolder } from './kit.js';
import { kill, serve } from './served.js';

let dir: string;
beforeEach(async () => {
  dir = await emptyFolder();
});
afterEach(() => rm(dir, { recursive: true }));

describe.skipIf(process.platform === 'win32')('when the disk is full', () => {
  it('a write fails by name, nothing is damaged, and it goes on when there is space', { timeout: 60_000 }, async () => {
    // A file may not grow above this, which to LMDB is as if the disk ended there.
    const served = await serve(dir, 'ulimit -f 4096');
    const connection = await mongoose.createConnection(served.uri).asPromise();
    const documents = connection.collection('documents');
    await documents.createIndex({ n: 1 });

    let written = 0;
    const fill = async (): Promise<void> => {
      for (;;) {
        await documents.insertMany(Array.from({ length: 100 }, (_, i) => ({ n: written + i, text: 'x'.repeat(1000) })));
        written += 100;
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: 14031, message: expect.stringContaining('disk is full') });
    const kept = await documents.countDocuments();
    await documents.deleteMany({ n: { $lt: written / 2 } });
    await documents.insertOne({ n: -1 });
    const after = await documents.countDocuments({ n: { $lt: written } });
    await connection.close();
    await kill(served, 'SIGTERM');

    expect(kept).toBe(written);
    expect(after).toBe(written / 2 + 1);
    expect((await doctor(dir)).flatMap(({ problems }) => problems)).toEqual([]);
  });
});
