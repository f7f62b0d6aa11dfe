import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type OpenEngine, openTestEngine } from './kit.js';

type Numbered = { _id: number } & Record<string, unknown>;

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());
beforeEach(() => open.db.dropDatabase());

describe('what $out and $merge write', () => {
  beforeEach(() =>
    open.db.collection<Numbered>('source').insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ]),
  );

  it('takes the place of a collection, and leaves its indexes', async () => {
    await open.db.collection<Numbered>('target').insertOne({ _id: 9 });
    await open.db.collection('target').createIndex({ a: 1 });

    await open.db
      .collection('source')
      .aggregate([{ $match: { a: 2 } }, { $out: 'target' }])
      .toArray();

    expect(await open.db.collection('target').find({ a: 2 }).toArray()).toEqual([{ _id: 2, a: 2 }]);
    expect(await open.db.collection('target').indexes()).toHaveLength(2);
  });

  it('takes the place of no capped collection', async () => {
    const capped = await open.db.createCollection<Numbered>('target', { capped: true, size: 4096 });
    await capped.insertOne({ _id: 1 });

    const writing = open.db
      .collection('source')
      .aggregate([{ $out: 'target' }])
      .toArray();

    expect(await failureOf(writing)).toMatchObject({ code: 17152 });
    expect(await capped.countDocuments()).toBe(1);
  });

  it('may be the collection that it is read from', async () => {
    await open.db
      .collection('source')
      .aggregate([{ $set: { a: { $add: ['$a', 1] } } }, { $out: 'source' }])
      .toArray();

    expect(await open.db.collection('source').distinct('a')).toEqual([2, 3]);
  });

  it('is merged, replaced, kept or refused where it is there already', async () => {
    const merge = (options: object) =>
      open.db
        .collection('source')
        .aggregate([{ $merge: { into: 'target', ...options } }])
        .toArray();
    const target = open.db.collection<Numbered>('target');
    await target.insertOne({ _id: 1, b: 1 });

    await merge({ whenMatched: 'keepExisting', whenNotMatched: 'discard' });
    expect(await target.find().toArray()).toEqual([{ _id: 1, b: 1 }]);
    await merge({});
    expect(await target.find().toArray()).toEqual([
      { _id: 1, b: 1, a: 1 },
      { _id: 2, a: 2 },
    ]);
    await merge({ whenMatched: [{ $set: { sum: { $add: ['$a', '$$new.a'] } } }] });
    expect(await target.findOne({ _id: 2 })).toEqual({ _id: 2, a: 2, sum: 4 });

    await expect(merge({ whenMatched: 'fail' })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { _id: 1 },
      keyValue: { _id: 1 },
    });
    expect((await failureOf(merge({ on: 'a' }))).code).toBe(51183);
  });

  it.each([
    ['$out', { $out: 'strict' }, 1, { _id: 1, a: 1 }],
    ['$merge that inserts', { $merge: 'strict' }, 2, { _id: 2, a: 2 }],
    ['$merge that merges', { $merge: 'strict' }, 1, { _id: 1, a: 1, b: 1 }],
    ['$merge that replaces', { $merge: { into: 'strict', whenMatched: 'replace' } }, 1, { _id: 1, a: 1 }],
    [
      '$merge by a pipeline',
      { $merge: { into: 'strict', whenMatched: [{ $set: { a: '$$new.a' } }] } },
      1,
      { _id: 1, a: 1, b: 1 },
    ],
  ])('is judged by the validator, unless the client bypasses it: %s', async (_, stage, id, written) => {
    const strict = await open.db.createCollection<Numbered>('strict', { validator: { a: { $gte: 10 } } });
    await strict.insertOne({ _id: 1, a: 10, b: 1 });
    const write = (options: object) =>
      open.db
        .collection('source')
        .aggregate([{ $match: { _id: id } }, stage], options)
        .toArray();

    expect((await failureOf(write({}))).code).toBe(121);
    await write({ bypassDocumentValidation: true });

    expect(await strict.findOne({ _id: id })).toEqual(written);
  });
});
