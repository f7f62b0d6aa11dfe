import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type OpenEngine, openTestEngine } from './kit.js';

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

describe.each(['create', 'collMod'])('%s takes', (command) => {
  it('an option that is null for one that is not given', async () => {
    if (command === 'collMod') await open.db.createCollection('made');

    await open.db.command({ [command]: 'made', validator: null, validationLevel: null });

    await open.db.collection('made').insertOne({ a: 1 });
    expect(await open.db.listCollections({ name: 'made' }).next()).toHaveProperty('options', {});
  });
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
