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
    const served = await serve(dir, { limit: 'ulimit -f 4096' });
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

  it('a delete of much makes room by deleting little at a time', { timeout: 60_000 }, async () => {
    const served = await serve(dir, { limit: 'ulimit -f 24576' });
    const connection = await mongoose.createConnection(served.uri).asPromise();
    const documents = connection.collection('documents');
    await documents.createIndex({ key: 1 }, { unique: true });
    await documents.createIndex({ n: 1 });
    let next = 0;
    const fill = async (): Promise<void> => {
      for (;;) {
        const n = next++;
        await documents.insertOne({ n, key: `key of ${n}`, text: 'x'.repeat(3000) });
      }
    };
    const writers = await Promise.allSettled(Array.from({ length: 16 }, fill));
    const kept = await documents.countDocuments();

    const { deletedCount } = await documents.deleteMany({ text: /x/ });
    await documents.insertOne({ n: -1, key: 'after' });
    const left = await documents.countDocuments();
    await connection.close();
    await kill(served, 'SIGTERM');

    expect(writers.map((writer) => writer.status === 'rejected' && (writer.reason as { code: unknown }).code)).toEqual(
      Array(16).fill(14031),
    );
    expect(deletedCount).toBe(kept);
    expect(left).toBe(1);
    expect((await doctor(dir)).flatMap(({ problems }) => problems)).toEqual([]);
  });
});
