import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeExpired } from '../../src/infra/engine/commands/expiry.js';
import { GroupCommit } from '../../src/infra/engine/store/group-commit.js';
import { Store } from '../../src/infra/engine/store/store.js';
import { rm } from 'node:fs/promises';
import { emptyFolder, failureOf, type OpenEngine, openTestEngine } from './kit.js';

type Numbered = { _id: number } & Record<string, unknown>;

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());
beforeEach(() => open.db.dropDatabase());

const namesOf = async (): Promise<string[]> =>
  (await open.db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);

it('a collection that is not there is empty in any order', async () => {
  expect(await open.db.collection('missing').find().sort({ $natural: -1 }).toArray()).toEqual([]);
});

it('a view may search the text of its collection', async () => {
  const source = open.db.collection<{ _id: number; title: string }>('titled');
  await source.createIndex({ title: 'text' });
  await source.insertMany([
    { _id: 1, title: 'green apples' },
    { _id: 2, title: 'red pears' },
  ]);

  const pipeline = [{ $match: { $text: { $search: 'apples' } } }, { $project: { _id: 1 } }];
  const view = await open.db.createCollection('apples', { viewOn: 'titled', pipeline });

  expect(await view.find().toArray()).toEqual([{ _id: 1 }]);
});

describe.each(['create', 'collMod'])('%s takes', (command) => {
  it('an option that is null for one that is not given', async () => {
    if (command === 'collMod') await open.db.createCollection('made');

    await open.db.command({ [command]: 'made', validator: null, validationLevel: null });

    await open.db.collection('made').insertOne({ a: 1 });
    expect(await open.db.listCollections({ name: 'made' }).next()).toHaveProperty('options', {});
  });
});

it('collMod makes no view of a collection, and no collection of a view', async () => {
  await open.db.createCollection('made');
  await open.db.createCollection('seen', { viewOn: 'made' });
  await open.db.collection('made').insertOne({ a: 1 });

  const toView = await failureOf(open.db.command({ collMod: 'made', viewOn: 'other', pipeline: [] }));
  const toCollection = await failureOf(open.db.command({ collMod: 'seen', validator: { a: 1 } }));

  expect([toView, toCollection]).toMatchObject([{ code: 72 }, { code: 72 }]);
  expect(await open.db.collection('seen').countDocuments()).toBe(1);
});

describe.each(['create', 'collMod'])('%s refuses', (command) => {
  it.each([
    ['a validator with an operator that nobody knows', { validator: { a: { $foo: 1 } } }, 2],
    ['a validator of the wrong type', { validator: 3 }, 14],
    ['a level of validation that nobody knows', { validationLevel: 'loose' }, 2],
    ['an action that nobody knows', { validationAction: 'cry' }, 2],
    ['a view with a stage that nobody knows', { viewOn: 'things', pipeline: [{ $foo: 1 }] }, 40324],
    ['a view that writes', { viewOn: 'things', pipeline: [{ $out: 'others' }] }, 167],
    ['a view with a stage that is none', { viewOn: 'things', pipeline: [1] }, 14],
    ['a view with a pipeline that is none', { viewOn: 'things', pipeline: 1 }, 14],
  ])('%s', async (_, options, code) => {
    const isView = 'viewOn' in options;
    if (command === 'collMod') await open.db.createCollection('made', isView ? { viewOn: 'things' } : {});

    expect(await failureOf(open.db.command({ [command]: 'made', ...options }))).toMatchObject({ code });
  });
});

describe('a collection', () => {
  it('is there after create or the first write, and gone after drop', async () => {
    await open.db.createCollection('made');
    await open.db.collection('written').insertOne({});
    expect(await namesOf()).toEqual(['made', 'written']);

    await open.db.collection('made').drop();

    expect(await namesOf()).toEqual(['written']);
    expect(await open.db.command({ drop: 'made' })).toEqual({ ok: 1 });
  });

  it('is made once with the same options, and refused with others', async () => {
    await open.db.createCollection('things', { validator: { a: 1 } });
    await open.db.createCollection('things', { validator: { a: 1 } });

    expect(await failureOf(open.db.createCollection('things', { validator: { a: 2 } }))).toMatchObject({
      code: 48,
      codeName: 'NamespaceExists',
    });
  });

  it('keeps its documents and indexes under another name', async () => {
    await open.db.collection<Numbered>('old').insertOne({ _id: 1, a: 1 });
    await open.db.collection('old').createIndex({ a: 1 });
    await open.db.createCollection('taken');

    expect((await failureOf(open.db.renameCollection('old', 'taken'))).code).toBe(48);
    await open.db.renameCollection('old', 'taken', { dropTarget: true });

    expect(await namesOf()).toEqual(['taken']);
    expect(await open.db.collection('taken').find({ a: 1 }).toArray()).toEqual([{ _id: 1, a: 1 }]);
    expect((await failureOf(open.db.renameCollection('old', 'other'))).code).toBe(26);
  });

  it.each([
    ['no database', 'taken', 73],
    ['a dollar sign', 'tomato.$taken', 73],
    ['another database that differs in case only', 'TOMATO.taken', 13297],
  ])('gets no name with %s', async (_, to, code) => {
    await open.db.createCollection('old');

    const renamed = open.connection.getClient().db('admin').command({ renameCollection: 'tomato.old', to });

    expect((await failureOf(renamed)).code).toBe(code);
  });

  it('is counted, sized and listed', async () => {
    await open.db.collection<Numbered>('things').insertMany([{ _id: 1 }, { _id: 2 }]);

    expect(await open.db.command({ collStats: 'things' })).toMatchObject({ count: 2, size: 28, nindexes: 1 });
    expect(await open.db.stats()).toMatchObject({ collections: 1, objects: 2 });
    expect((await open.db.admin().listDatabases()).databases.map(({ name }) => name)).toEqual(['tomato']);
    expect(await open.db.command({ validate: 'things' })).toMatchObject({ valid: true, nrecords: 2 });
  });

  it('of which only the case of the database differs is refused', async () => {
    await open.db.collection('things').insertOne({});

    expect((await failureOf(open.connection.useDb('TOMATO').collection('things').insertOne({}))).code).toBe(13297);
  });
});

describe('a view', () => {
  it('shows what its pipeline makes of its collection, and cannot be written', async () => {
    await open.db.collection<Numbered>('people').insertMany([
      { _id: 1, age: 3 },
      { _id: 2, age: 30 },
      { _id: 3, age: 40 },
    ]);
    await open.db.createCollection('adults', { viewOn: 'people', pipeline: [{ $match: { age: { $gte: 18 } } }] });
    await open.db.createCollection('old', { viewOn: 'adults', pipeline: [{ $match: { age: { $gt: 30 } } }] });
    const adults = open.db.collection('adults');

    expect(await adults.find({}, { sort: { age: -1 }, limit: 1 }).toArray()).toEqual([{ _id: 3, age: 40 }]);
    expect(await adults.countDocuments()).toBe(2);
    expect(await adults.distinct('age')).toEqual([30, 40]);
    expect(await open.db.collection('old').find().toArray()).toEqual([{ _id: 3, age: 40 }]);
    expect(
      await open.db
        .collection('people')
        .aggregate([{ $match: { _id: 1 } }, { $unionWith: 'old' }])
        .toArray(),
    ).toHaveLength(2);
    expect((await failureOf(adults.insertOne({}))).code).toBe(166);
  });

  it('that goes round in a circle is refused', async () => {
    await open.db.createCollection('a', { viewOn: 'b', pipeline: [] });
    await open.db.createCollection('b', { viewOn: 'a', pipeline: [] });

    expect((await failureOf(open.db.collection('a').find().toArray())).code).toBe(165);
  });
});

describe('a collection that is not there', () => {
  type Counted = { _id: number; n: number };
  const increase = { filter: { _id: 1 }, update: { $inc: { n: 1 } } };

  it('is not made by an update that inserts nothing, and has no index to be refused', async () => {
    const ghosts = open.db.collection<Counted>('ghosts');

    await ghosts.updateMany(increase.filter, increase.update, { hint: { n: 1 } });
    await ghosts.replaceOne({}, { n: 1 });
    await open.db.admin().command({
      bulkWrite: 1,
      ops: [{ update: 0, filter: increase.filter, updateMods: increase.update }],
      nsInfo: [{ ns: ghosts.namespace }],
    });

    expect((await failureOf(ghosts.updateOne({}, { $inc: { n: 'x' } } as object))).code).toBe(14);
    expect(await open.db.listCollections().toArray()).toEqual([]);
  });

  it('is made by one that may insert', async () => {
    await open.db.collection<Counted>('made').updateOne(increase.filter, increase.update, { upsert: true });

    expect(await open.db.collection('made').find().toArray()).toEqual([{ _id: 1, n: 1 }]);
  });
});

describe('a capped collection', () => {
  it('lets go of its oldest documents', async () => {
    await open.db.createCollection('log', { capped: true, size: 10_000, max: 3 });
    await open.db.collection<Numbered>('log').insertMany([1, 2, 3, 4, 5].map((i) => ({ _id: i })));
    await open.db.createCollection('small', { capped: true, size: 40 });
    await open.db.collection<Numbered>('small').insertMany([1, 2, 3, 4, 5].map((i) => ({ _id: i })));

    expect(await open.db.collection('log').distinct('_id')).toEqual([3, 4, 5]);
    expect(await open.db.collection('small').distinct('_id')).toEqual([4, 5]);
  });

  it('keeps to its size whatever becomes of its documents, and after a failure', async () => {
    await open.db.createCollection('log', { capped: true, size: 300 });
    const log = open.db.collection<Numbered>('log');
    const text = (bytes: number) => 'x'.repeat(bytes);
    await log.insertMany([1, 2, 3].map((i) => ({ _id: i, text: text(50) })));

    await log.updateOne({ _id: 3 }, { $set: { text: text(150) } });
    await log.deleteOne({ _id: 1 });
    await log.insertOne({ _id: 4, text: text(1) });
    expect(await log.distinct('_id')).toEqual([2, 3, 4]);
    expect((await failureOf(log.insertOne({ _id: 4, text: text(200) }))).code).toBe(11_000);
    await log.insertOne({ _id: 5, text: text(10) });

    expect(await log.distinct('_id')).toEqual([3, 4, 5]);
  });

  it('takes documents no slower for holding many', async () => {
    await open.db.createCollection('log', { capped: true, size: 1_000_000 });
    const documents = Array.from({ length: 10_000 }, (_, i) => ({ _id: i }));

    expect(await open.db.command({ insert: 'log', documents, maxTimeMS: 5000 })).toMatchObject({ n: 10_000 });
  });
});

describe('a time series', () => {
  it('takes measurements that have their time, even with one id, and is not updated', async () => {
    await open.db.createCollection('heat', {
      timeseries: { timeField: 'at', metaField: 'place' },
      expireAfterSeconds: 60,
    });
    const heat = open.db.collection<Numbered>('heat');
    await heat.insertMany([
      { _id: 1, at: new Date(1) },
      { _id: 1, at: new Date(2) },
    ]);

    const endless = open.db.createCollection('endless', { timeseries: { timeField: 'at' }, expireAfterSeconds: 1e13 });
    expect((await failureOf(endless)).code).toBe(72);
    expect((await failureOf(heat.insertOne({ _id: 2 }))).code).toBe(2);
    expect((await failureOf(heat.updateOne({ _id: 1 }, { $set: { a: 1 } }))).code).toBe(72);
    expect(await open.db.listCollections({ name: 'heat' }).toArray()).toMatchObject([
      { type: 'timeseries', options: { expireAfterSeconds: 60 } },
    ]);
  });
});

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

describe('documents whose time is over', () => {
  it('are removed by a TTL index, the others and those without a date are not', async () => {
    const { removed, left } = await expireThings(async (things) => {
      await things.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
      await things.insertMany([
        { _id: 1, at: new Date(1000) },
        { _id: 2, at: new Date(100_000) },
        { _id: 3, at: 'yesterday' },
        { _id: 4, at: [new Date(500_000), new Date(2000)] },
        { _id: 5 },
      ]);
    });

    expect(removed).toBe(2);
    expect(left).toEqual([2, 3, 5]);
  });

  it('stay where a partial TTL index leaves them out', async () => {
    const { left } = await expireThings(async (things) => {
      const partialFilterExpression = { state: 'done' };
      const collation = { locale: 'en', strength: 2 };
      await things.createIndex({ at: 1 }, { expireAfterSeconds: 60, partialFilterExpression, collation });
      await things.insertMany([
        { _id: 1, at: new Date(1000), state: 'open' },
        { _id: 2, at: new Date(1000), state: 'Done' },
        { _id: 3, at: new Date(1000) },
        { _id: 4, at: new Date(100_000), state: 'done' },
      ]);
    });

    expect(left).toEqual([1, 3, 4]);
  });
});

/** What is left of a collection, and how many were removed, when 100 seconds have passed since 1970. */
async function expireThings(
  fill: (things: ReturnType<typeof numbered>) => Promise<void>,
): Promise<{ removed: number; left: unknown[] }> {
  const dir = await emptyFolder();
  const first = await openTestEngine({ dir });
  await fill(numbered(first));
  await first.close();
  const store = await Store.open({ dir, noSync: true });
  const removed = await removeExpired(new GroupCommit(store), new Date(100_000));
  await store.close();
  const second = await openTestEngine({ dir });
  const left = await numbered(second).distinct('_id');
  await second.close();
  await rm(dir, { recursive: true });
  return { removed, left };
}

const numbered = ({ db }: OpenEngine) => db.collection<Numbered>('things');

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
