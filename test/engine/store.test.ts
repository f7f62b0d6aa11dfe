import { execFile } from 'node:child_process';
import { rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import mongoose from 'mongoose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctor } from '../../src/infra/engine/doctor.js';
import { startEngine } from '../../src/infra/engine/engine.js';
import { openEngine } from '../../src/infra/engine/open-engine.js';
import { encode } from '../../src/infra/engine/store/bson.js';
import { DataFile } from '../../src/infra/engine/store/data-file.js';
import { documentKey, prefix, recordOf, Space } from '../../src/infra/engine/store/key-space.js';
import { Store } from '../../src/infra/engine/store/store.js';
import { collectGarbage } from '../kit/garbage.js';
import { emptyFolder, openTestEngine } from './kit.js';
import { kill, serve } from './served.js';

let dir: string;
beforeEach(async () => {
  dir = await emptyFolder();
});
afterEach(() => rm(dir, { recursive: true }));

/** Makes a folder with a collection of three documents and an index, and closes it. */
async function fill(): Promise<void> {
  const open = await openTestEngine({ dir });
  const things = open.db.collection<{ _id: number; a: number }>('things');
  await things.createIndex({ a: 1 });
  await things.insertMany([1, 2, 3].map((a) => ({ _id: a, a })));
  await open.close();
}

/** Changes the data file behind the engine's back. */
async function meddle(change: (file: DataFile) => void): Promise<void> {
  const file = DataFile.open(dir, { noSync: true });
  file.transaction(() => change(file));
  await file.close();
}

describe('a folder', () => {
  it('keeps what was written, for the next engine', async () => {
    await fill();

    const open = await openTestEngine({ dir });
    const found = await open.db
      .collection('things')
      .find({ a: { $gte: 2 } })
      .toArray();
    const indexes = await open.db.collection('things').indexes();
    const count = await open.db.collection('things').estimatedDocumentCount();
    await open.close();

    expect(found).toEqual([
      { _id: 2, a: 2 },
      { _id: 3, a: 3 },
    ]);
    expect(indexes.map(({ name }) => name)).toEqual(['_id_', 'a_1']);
    expect(count).toBe(3);
  });

  it('is readable by its owner alone', async () => {
    const inner = join(dir, 'data');
    const engine = await openEngine({ dir: inner, noSync: true });
    const { mode } = await stat(inner);
    await engine.stop();

    expect(mode & 0o777).toBe(0o700);
  });

  it('is refused to a second engine, in this thread or in another, and free again when the first stops', async () => {
    const first = await startEngine({ dir, noSync: true });

    await expect(openEngine({ dir, noSync: true })).rejects.toMatchObject({
      name: 'StoreError',
      problem: 'FOLDER_IN_USE',
    });
    await expect(startEngine({ dir, noSync: true })).rejects.toMatchObject({
      name: 'StoreError',
      problem: 'FOLDER_IN_USE',
    });
    await first.stop();

    const next = await openEngine({ dir, noSync: true });
    await next.stop();
  });

  it('goes to one alone of those that open it at once', async () => {
    const engines = await Promise.allSettled(Array.from({ length: 4 }, () => startEngine({ dir, noSync: true })));
    const opened = engines.filter((result) => result.status === 'fulfilled');
    await Promise.all(opened.map(({ value }) => value.stop()));

    expect(opened.length).toBeLessThanOrEqual(1);
  });

  it('is refused to another process, and free when that was killed', { timeout: 30_000 }, async () => {
    const other = await serve(dir);
    expect(other.uri).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\//);

    await expect(openEngine({ dir })).rejects.toMatchObject({ problem: 'FOLDER_IN_USE' });
    await kill(other, 'SIGKILL');

    const engine = await openEngine({ dir });
    await engine.stop();
  });

  it('that cannot be opened ends the engine that was started alone with one sentence', async () => {
    await writeFile(join(dir, 'store.mdb'), 'not a data file, '.repeat(1000));
    const serveScript = fileURLToPath(new URL('../../src/infra/engine/serve.ts', import.meta.url));

    const started = promisify(execFile)(process.execPath, [
      ...process.execArgv,
      serveScript,
      '--dir',
      dir,
      '--port',
      '0',
    ]);

    await expect(started).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The data file .* is damaged: .* an empty folder starts anew\.\n$/),
    });
  });

  it('with a path too long for a socket is reached by one in a private temporary folder', async () => {
    const deep = join(dir, 'a-folder-with-a-long-name'.repeat(5));

    const engine = await openEngine({ dir: deep, noSync: true });
    const connection = await mongoose.createConnection(engine.uri).asPromise();
    await connection.close();
    const socketFolder = join(engine.socketPath ?? '', '..');
    const { mode } = await stat(socketFolder);
    await engine.stop();

    expect(engine.socketPath?.startsWith(tmpdir())).toBe(true);
    expect(mode & 0o777).toBe(0o700);
    await expect(stat(socketFolder)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a data file', () => {
  it('of a newer format is refused, and not changed', async () => {
    await fill();
    await meddle((file) => file.put(prefix(Space.format, 0), encode({ version: 99 })));

    await expect(openEngine({ dir })).rejects.toMatchObject({ problem: 'NEWER_FORMAT' });
    await expect(startEngine({ dir })).rejects.toThrow(/format 99/);
  });

  it('of the format whose keys held 10 and 1000 for the same number gets those keys anew', async () => {
    const open = await openTestEngine({ dir });
    const collation = { locale: 'en', numericOrdering: true };
    const things = await open.db.createCollection<{ _id: string; a: string }>('things', { collation });
    await things.createIndex({ a: 1 });
    await things.insertMany(['10', '1000'].map((a) => ({ _id: a, a })));
    await open.close();
    await meddle((file) => {
      file.removeAll(Buffer.of(Space.index));
      file.put(prefix(Space.format, 0), encode({ version: 2 }));
    });

    const reports = await doctor(dir);

    expect(reports).toEqual([{ namespace: 'tomato.things', documents: 2, indexes: 2, problems: [] }]);
  });

  it('that is no data file is reported with what to do', async () => {
    await writeFile(join(dir, 'store.mdb'), 'not a data file, '.repeat(1000));

    await expect(openEngine({ dir })).rejects.toMatchObject({
      problem: 'DAMAGED',
      message: expect.stringContaining('backup'),
    });
  });

  it('that was cut is reported instead of read', async () => {
    await fill();
    const { size } = await stat(join(dir, 'store.mdb'));
    await truncate(join(dir, 'store.mdb'), Math.floor(size / 2));

    await expect(openEngine({ dir })).rejects.toMatchObject({ problem: 'DAMAGED' });
  });
});

describe('a collection that is dropped', () => {
  it('is not held in memory', async () => {
    const store = await Store.open({ dir, noSync: true });
    const dropped = store.transaction(() => new WeakRef(store.createCollection('db.things', {})));
    store.transaction(() => store.dropCollection(dropped.deref()!));
    // What a WeakRef was asked for is kept until the next turn.
    await nextTurn();

    collectGarbage();
    const held = dropped.deref();
    await store.close();

    expect(held).toBeUndefined();
  });
});

describe('the doctor', () => {
  it('finds nothing wrong with what the engine wrote', async () => {
    await fill();

    expect(await doctor(dir)).toEqual([{ namespace: 'tomato.things', documents: 3, indexes: 2, problems: [] }]);
  });

  it('finds a lost document, its keys and the wrong count', async () => {
    await fill();
    await meddle((file) => file.remove(documentKey(1, recordOf(2))));

    const [report] = await doctor(dir);

    expect(report?.problems).toEqual([
      'the count is 3, but there are 2 documents',
      'index _id_ has 3 keys, but the documents have 2',
      'index a_1 has 3 keys, but the documents have 2',
    ]);
  });

  it('finds a document that is not whole, and one that no index leads to', async () => {
    await fill();
    await meddle((file) => {
      file.put(documentKey(1, recordOf(1)), Buffer.from('nonsense'));
      file.put(documentKey(1, recordOf(9)), encode({ _id: 9, a: 9 }));
    });

    const [report] = await doctor(dir);

    expect(report?.problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^record 000000000001 is no document/),
        'index a_1 does not lead to record 000000000009',
        'the count is 3, but there are 4 documents',
      ]),
    );
  });
});
