import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CURSOR_LIFE_MS, Cursors } from '../../src/infra/engine/commands/cursors.js';
import { Deadline } from '../../src/infra/engine/commands/deadline.js';
import { failureOf, type OpenEngine, openTestEngine } from './kit.js';

type Numbered = { _id: number };

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
  await open.db.collection<Numbered>('numbers').insertMany(Array.from({ length: 5000 }, (_, i) => ({ _id: i })));
});
afterAll(() => open.close());
afterEach(() => vi.useRealTimers());

const numbers = () => open.db.collection<Numbered>('numbers');

describe('a command that takes longer than the client allows', () => {
  const slow = { $expr: { $eq: [{ $sum: { $range: [0, 20_000] } }, 1] } };

  it.each([
    ['find', () => numbers().find(slow, { maxTimeMS: 20 }).toArray()],
    ['count', () => numbers().countDocuments(slow, { maxTimeMS: 20 })],
    [
      'aggregate',
      () =>
        numbers()
          .aggregate([{ $match: slow }], { maxTimeMS: 20 })
          .toArray(),
    ],
    [
      'update',
      () =>
        open.db.command({
          update: 'numbers',
          updates: [{ q: slow, u: { $set: { a: 1 } }, multi: true }],
          maxTimeMS: 20,
        }),
    ],
  ])('%s ends with MaxTimeMSExpired, and the engine goes on', async (_, run) => {
    const failure = await failureOf(run());

    expect(failure).toMatchObject({ code: 50, codeName: 'MaxTimeMSExpired' });
    expect(await open.db.command({ ping: 1 })).toEqual({ ok: 1 });
  });

  it('has new time for each batch of its cursor', () => {
    const deadline = new Deadline(1);
    const end = performance.now() + 5;
    while (performance.now() < end);
    const walk = (): void => {
      for (let i = 0; i < 100; i++) deadline.check();
    };

    expect(walk).toThrow(/time limit/);
    deadline.restart(1000);
    expect(walk).not.toThrow();
  });
});

describe('a cursor', () => {
  it('gives its documents batch by batch, the first of 101', async () => {
    const { cursor } = await open.db.command({ find: 'numbers', limit: 500 });
    const next = await open.db.command({ getMore: cursor.id, collection: 'numbers', batchSize: 50 });
    const rest = await open.db.command({ getMore: cursor.id, collection: 'numbers' });

    expect(cursor.firstBatch).toHaveLength(101);
    expect(next.cursor.nextBatch[0]).toEqual({ _id: 101 });
    expect(next.cursor.nextBatch).toHaveLength(50);
    expect(rest.cursor.nextBatch).toHaveLength(500 - 151);
    expect(String(rest.cursor.id)).toBe('0');
  });

  it('goes on through what is written meanwhile', async () => {
    await open.db.collection<Numbered>('moving').insertMany(Array.from({ length: 300 }, (_, i) => ({ _id: i })));
    const cursor = open.db.collection<Numbered>('moving').find().batchSize(10);

    await cursor.next();
    await open.db.collection<Numbered>('moving').deleteMany({ _id: { $gte: 290 } });
    const rest = await cursor.toArray();

    expect(rest.length).toBeGreaterThanOrEqual(289 - 101);
    expect(rest.at(-1)).toEqual({ _id: 289 });
  });

  it('is not found once it is killed, its collection is dropped, or its end was reached', async () => {
    const openOne = async (collection: string) => (await open.db.command({ find: collection, batchSize: 1 })).cursor.id;
    await open.db.collection<Numbered>('short').insertMany([{ _id: 1 }, { _id: 2 }]);
    const more = (id: unknown, collection: string) => failureOf(open.db.command({ getMore: id, collection }));

    const killed = await openOne('numbers');
    await open.db.command({ killCursors: 'numbers', cursors: [killed] });
    const dropped = await openOne('short');
    await open.db.collection('short').drop();

    expect(await more(killed, 'numbers')).toMatchObject({ code: 43, codeName: 'CursorNotFound' });
    expect(await more(dropped, 'short')).toMatchObject({ code: 43 });
  });

  it('belongs to its collection', async () => {
    const { cursor } = await open.db.command({ find: 'numbers', batchSize: 1 });

    expect((await failureOf(open.db.command({ getMore: cursor.id, collection: 'others' }))).code).toBe(13);
  });

  it('that nobody asks is closed after ten minutes, unless it must not be', () => {
    vi.useFakeTimers();
    const cursors = new Cursors();
    const source = () => ({
      namespace: 'a.b',
      documents: [Buffer.alloc(5), Buffer.alloc(5)].values(),
      deadline: new Deadline(undefined),
      batchSize: 1,
    });
    cursors.open(source());
    const kept = cursors.open({ ...source(), hasNoTimeout: true });

    vi.advanceTimersByTime(CURSOR_LIFE_MS + 1);
    cursors.reap();

    expect(cursors.size).toBe(1);
    expect(cursors.getMore(kept.id, 'a.b', undefined, undefined).batch).toHaveLength(1);
  });

  it('of a capped collection waits for documents to come', async () => {
    await open.db.createCollection('log', { capped: true, size: 100_000, max: 3 });
    const log = open.db.collection<Numbered>('log');
    await log.insertMany([{ _id: 1 }, { _id: 2 }]);
    const cursor = log.find({}, { tailable: true, awaitData: true, maxAwaitTimeMS: 2000 });

    expect([await cursor.next(), await cursor.next()]).toEqual([{ _id: 1 }, { _id: 2 }]);
    const third = cursor.next();
    await delay(20);
    await log.insertMany([{ _id: 3 }, { _id: 4 }]);

    expect(await third).toEqual({ _id: 3 });
    await cursor.close();
    expect((await log.find().toArray()).map(({ _id: id }) => id)).toEqual([2, 3, 4]);
  });

  it('of a capped collection is open only if there are documents, even if none of them matches', async () => {
    await open.db.createCollection('quiet', { capped: true, size: 100_000 });
    const tail = async (options: object) =>
      String((await open.db.command({ find: 'quiet', tailable: true, ...options })).cursor.id);

    expect([await tail({}), await tail({ awaitData: true }), await tail({ batchSize: 0 })]).toEqual(['0', '0', '0']);
    await open.db.collection<Numbered>('quiet').insertOne({ _id: 1 });
    expect(await tail({ filter: { _id: 2 } })).not.toBe('0');
  });

  it('waits only if it was told to await data, and only then for as long as its getMore says', async () => {
    await open.db.createCollection('news', { capped: true, size: 100_000 });
    await open.db.collection<Numbered>('news').insertMany([{ _id: 1 }, { _id: 2 }]);
    const openOne = async (options: object) => (await open.db.command({ find: 'news', ...options })).cursor.id;
    const more = async (id: unknown, options: object) => {
      const { cursor } = await open.db.command({ getMore: id, collection: 'news', ...options });
      return { isOpen: String(cursor.id) !== '0', batch: cursor.nextBatch };
    };
    const plain = await openOne({ batchSize: 1 });
    const impatient = await openOne({ tailable: true });
    const patient = await openOne({ tailable: true, awaitData: true });

    for (const cursor of [plain, impatient]) {
      expect(await failureOf(more(cursor, { maxTimeMS: 1 }))).toEqual({
        code: 2,
        codeName: 'BadValue',
        message: 'cannot set maxTimeMS on getMore command for a non-awaitData cursor',
      });
    }
    expect(await more(plain, {})).toEqual({ isOpen: false, batch: [{ _id: 2 }] });
    const answered: string[] = [];
    const waited = more(patient, { maxTimeMS: 3000 }).then((reply) => {
      answered.push('patient');
      return reply;
    });
    expect(await more(impatient, {})).toEqual({ isOpen: true, batch: [] });
    answered.push('impatient');
    await open.db.collection<Numbered>('news').insertOne({ _id: 3 });

    expect(await waited).toEqual({ isOpen: true, batch: [{ _id: 3 }] });
    expect(answered).toEqual(['impatient', 'patient']);
    expect(await more(impatient, {})).toEqual({ isOpen: true, batch: [{ _id: 3 }] });
  });
});

describe('memory', () => {
  it('that a sort without an index would need is refused by name', { timeout: 30_000 }, async () => {
    const big = open.db.collection('big');
    for (let i = 0; i < 13; i++) await big.insertOne({ text: String(i).padStart(2, '0') + 'x'.repeat(9_000_000) });

    expect(await failureOf(big.find().sort({ text: 1 }).toArray())).toMatchObject({
      code: 292,
      codeName: 'QueryExceededMemoryLimitNoDiskUseAllowed',
    });
    await big.drop();
  });

  it('that a group would need is refused by name', async () => {
    const wide = [{ $project: { a: { $range: [0, 1000] } } }, { $group: { _id: null, all: { $push: '$a' } } }];

    expect((await failureOf(numbers().aggregate(wide).toArray())).code).toBe(292);
  });
});
