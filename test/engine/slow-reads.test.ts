import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doctor } from '../../src/infra/engine/doctor.js';
import { SLOW_CURSORS_FROM } from '../../src/infra/engine/commands/cursors.js';
import { SlowReads } from '../../src/infra/engine/slow-reads/slow-reads.js';
import { bson, typed } from './bson.js';
import { emptyFolder, failureOf, type OpenEngine, openTestEngine } from './kit.js';

type Numbered = { _id: number; n?: number };

/** Adds up the numbers below `to`, for each document: slow, in whichever thread. */
const sumBelow = (to: number) => ({
  $reduce: { input: { $range: [0, to] }, initialValue: 0, in: { $add: ['$$value', '$$this'] } },
});

/** Far too much for the engine's own thread, and enough for a test. */
const slow = (batchSize = 101) => ({
  aggregate: 'numbers',
  pipeline: [{ $match: { _id: { $lt: 200 } } }, { $set: { sum: sumBelow(2000) } }, { $sort: { _id: -1 } }],
  cursor: { batchSize },
});

/** Would never end. */
const endless = {
  aggregate: 'numbers',
  pipeline: [
    {
      $project: {
        n: { $map: { input: { $range: [0, 100_000] }, in: { $map: { input: { $range: [0, 100_000] }, in: 1 } } } },
      },
    },
  ],
  cursor: {},
};

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
  const documents = Array.from({ length: 1000 }, (_, i) => ({ _id: i }));
  await open.db.collection<Numbered>('numbers').insertMany(documents);
  await open.db.collection<Numbered>('long').insertMany(Array.from({ length: 2000 }, (_, i) => ({ _id: i })));
});
afterAll(() => open.close());

const isSlow = (id: unknown): boolean => BigInt(String(id)) >= SLOW_CURSORS_FROM;

describe('a read that takes long', () => {
  it('keeps nobody else waiting, and ends when its time is over', { timeout: 30_000 }, async () => {
    const order: string[] = [];
    const ends = failureOf(open.db.command({ ...endless, maxTimeMS: 3000 })).then((failure) => {
      order.push('the long one');
      return failure;
    });
    for (let i = 0; i < 20; i++) {
      await open.db.collection<Numbered>('numbers').updateOne({ _id: i }, { $set: { n: i } });
      await open.db.collection<Numbered>('numbers').findOne({ _id: i });
    }
    order.push('the short ones');

    expect(await ends).toMatchObject({ code: 50, codeName: 'MaxTimeMSExpired' });
    expect(order).toEqual(['the short ones', 'the long one']);
  });

  it('is answered as any other, batch by batch, with what was written before', { timeout: 30_000 }, async () => {
    await open.db.collection<Numbered>('numbers').updateOne({ _id: 199 }, { $set: { n: -1 } });

    const { cursor } = await open.db.command(slow(1));
    const next = await open.db.command({ getMore: cursor.id, collection: 'numbers', batchSize: 2 });
    const rest = await open.db.command({ getMore: cursor.id, collection: 'numbers' });

    expect(isSlow(cursor.id)).toBe(true);
    expect(cursor.firstBatch).toEqual([{ _id: 199, n: -1, sum: (1999 * 2000) / 2 }]);
    expect(next.cursor.nextBatch.map(({ _id }: Numbered) => _id)).toEqual([198, 197]);
    expect(rest.cursor.nextBatch).toHaveLength(197);
    expect(String(rest.cursor.id)).toBe('0');
  });

  it('sees each time what was written since the last', { timeout: 30_000 }, async () => {
    const firstOf = async () => (await open.db.command(slow(1))).cursor.firstBatch[0];
    await firstOf();

    await open.db.collection<Numbered>('numbers').updateOne({ _id: 199 }, { $set: { n: 7 } });

    expect(await firstOf()).toMatchObject({ _id: 199, n: 7 });
  });

  it('fails where it would answer more than a message holds, and others go on', { timeout: 30_000 }, async () => {
    const { cursor } = await open.db.command(slow(1));
    const values = { $range: [{ $multiply: ['$_id', 20_000] }, { $multiply: [{ $add: ['$_id', 1] }, 20_000] }] };
    const pipeline = [{ $match: { _id: { $lt: 75 } } }, { $project: { values } }];
    await open.db.createCollection('many', { viewOn: 'numbers', pipeline });

    const failure = await failureOf(open.db.command({ distinct: 'many', key: 'values' }));
    const next = await open.db.command({ getMore: cursor.id, collection: 'numbers', batchSize: 1 });

    expect(failure).toMatchObject({ code: 146, message: expect.stringContaining('distinct too big') });
    expect(next.cursor.nextBatch).toHaveLength(1);
  });

  it.each([
    ['before', false],
    ['after', true],
  ])(
    'has a cursor that can be killed together with a quick one, named %s it',
    { timeout: 30_000 },
    async (_, isFirst) => {
      const { cursor: long } = await open.db.command(slow(1));
      const { cursor: quick } = await open.db.command({ find: 'numbers', batchSize: 1 });
      const ids = isFirst ? [long.id, quick.id] : [quick.id, long.id];

      const killed = await open.db.command({ killCursors: 'numbers', cursors: ids });
      const again = await open.db.command({ killCursors: 'numbers', cursors: ids });

      expect([isSlow(long.id), isSlow(quick.id)]).toEqual([true, false]);
      const none = { cursorsKilled: [], cursorsNotFound: [], cursorsAlive: [], cursorsUnknown: [], ok: 1 };
      expect(killed).toEqual({ ...none, cursorsKilled: [quick.id, long.id] });
      expect(again).toEqual({ ...none, cursorsNotFound: [quick.id, long.id] });
    },
  );

  it('has a cursor that can be killed, and that ends with its collection', { timeout: 30_000 }, async () => {
    const more = async (id: unknown) => (await failureOf(open.db.command({ getMore: id, collection: 'numbers' }))).code;
    const { cursor: one } = await open.db.command(slow(1));
    const { cursor: other } = await open.db.command(slow(1));
    const { cursor: last } = await open.db.command(slow(1));

    const { cursorsKilled } = await open.db.command({ killCursors: 'numbers', cursors: [one.id] });
    expect([cursorsKilled, await more(one.id)]).toEqual([[one.id], 43]);
    expect((await failureOf(open.db.command({ getMore: other.id, collection: 'others' }))).code).toBe(13);
    await open.db.collection('numbers').rename('numerals');
    await open.db.collection('numerals').rename('numbers');
    await open.db.collection<Numbered>('replacement').insertMany([{ _id: 1 }]);
    await open.db.collection('replacement').rename('numbers', { dropTarget: true });

    expect(await more(last.id)).toBe(43);
  });

  it('that began quickly gives way after each part of its batches', { timeout: 30_000 }, async () => {
    const pipeline = [{ $set: { sum: sumBelow(2000) } }];
    const { cursor } = await open.db.command({ aggregate: 'long', pipeline, cursor: { batchSize: 1 } });
    const batches: number[] = [];
    for (let { id } = cursor; String(id) !== '0';) {
      const next = await open.db.command({ getMore: id, collection: 'long' });
      batches.push(next.cursor.nextBatch.length);
      id = next.cursor.id;
    }

    expect(isSlow(cursor.id)).toBe(false);
    expect(batches.length).toBeGreaterThan(1);
    expect(1 + batches.reduce((sum, length) => sum + length, 0)).toBe(2000);
  });

  it('fails by the name that it has in the engine itself', async () => {
    const failure = await failureOf(
      open.db.command({
        aggregate: 1,
        pipeline: [
          { $documents: [{ a: 1 }] },
          {
            $set: {
              sum: sumBelow(400_000),
              wrong: { $divide: ['$a', { $subtract: [sumBelow(400_000), sumBelow(400_000)] }] },
            },
          },
        ],
        cursor: {},
      }),
    );

    expect(failure).toMatchObject({ code: 2, message: expect.stringContaining('divide by zero') });
  });

  it(
    'does not keep the engine from being stopped, nor the folder from being opened again',
    { timeout: 30_000 },
    async () => {
      const dir = await emptyFolder();
      const first = await openTestEngine({ dir, noSync: false });
      await first.db.collection<Numbered>('numbers').insertOne({ _id: 1 });
      const cut = failureOf(first.db.command(endless));
      await first.db.command({ ping: 1 });
      await first.db.collection<Numbered>('numbers').insertOne({ _id: 2 });
      await first.close();
      await cut;

      const reports = await doctor(dir);

      expect(reports).toEqual([{ namespace: 'tomato.numbers', documents: 2, indexes: 1, problems: [] }]);
    },
  );
});

describe('the thread for slow reads', () => {
  it('is followed by another when it fails, and the failure of the first is not taken for its own', async () => {
    const dir = join(await emptyFolder(), 'data');
    // No folder: the thread cannot open a file in it.
    writeFileSync(dir, '');
    const reads = new SlowReads({ dir, noSync: true });
    const count = { name: 'count', body: bson({ count: 'numbers', $db: 'tomato' }), documents: undefined };

    const second = reads.run(count, 1).catch(async () => {
      rmSync(dir);
      mkdirSync(dir);
      return await reads.run(count, 1);
    });

    expect(typed((await second).body)).toEqual(typed(bson({ n: 0, ok: 1 })));
    expect(typed((await reads.run(count, 1)).body)).toEqual(typed(bson({ n: 0, ok: 1 })));
    await reads.stop();
    rmSync(join(dir, '..'), { recursive: true });
  });
});
