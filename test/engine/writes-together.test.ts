import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OpenEngine, openTestEngine } from './kit.js';

type Numbered = { _id: number } & Record<string, unknown>;

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());
beforeEach(() => open.db.dropDatabase());

describe('writes that arrive together', () => {
  it('share a transaction, and each is answered for itself', async () => {
    const things = open.db.collection<Numbered>('things');

    const results = await Promise.allSettled([1, 1, 2, 2, 3].map((id) => things.insertOne({ _id: id })));

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await things.countDocuments()).toBe(3);
  });

  it('count up without losing one', async () => {
    const counters = open.db.collection<{ _id: number; n: number }>('counters');
    const increment = () =>
      counters.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { upsert: true, returnDocument: 'after' });

    const results = await Promise.all(Array.from({ length: 50 }, increment));

    expect(new Set(results.map((document) => document?.n)).size).toBe(50);
  });

  it('go on to the end where they are not ordered, and stop at the first failure where they are', async () => {
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];

    const ordered = await open.db.command({ insert: 'ordered', documents });
    const unordered = await open.db.command({ insert: 'unordered', documents, ordered: false });

    expect([ordered, unordered].map(({ n, writeErrors }) => [n, writeErrors[0].index, writeErrors[0].code])).toEqual([
      [1, 1, 11000],
      [2, 1, 11000],
    ]);
  });
});

describe('bulkWrite over several collections', () => {
  it('does each operation and tells what came of it', async () => {
    const reply = await open.connection
      .getClient()
      .db('admin')
      .command({
        bulkWrite: 1,
        nsInfo: [{ ns: 'tomato.a' }, { ns: 'tomato.b' }],
        ops: [
          { insert: 0, document: { _id: 1, n: 1 } },
          { update: 0, filter: { _id: 1 }, updateMods: { $inc: { n: 1 } } },
          { update: 1, filter: { _id: 7 }, updateMods: { $set: { n: 1 } }, upsert: true },
          { insert: 0, document: { _id: 1 } },
          { delete: 0, filter: { _id: 1 } },
        ],
        ordered: false,
      });

    expect(reply).toMatchObject({ nInserted: 1, nMatched: 1, nModified: 1, nUpserted: 1, nDeleted: 1, nErrors: 1 });
    expect(reply.cursor.firstBatch[3]).toMatchObject({ ok: 0, idx: 3, code: 11000 });
    expect(await open.db.collection('b').find().toArray()).toEqual([{ _id: 7, n: 1 }]);
  });
});
