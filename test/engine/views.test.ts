import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { failureOf, type OpenEngine, openTestEngine } from './kit.js';

type Numbered = { _id: number } & Record<string, unknown>;

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());
beforeEach(() => open.db.dropDatabase());

it('a view shows what its pipeline makes of its collection, and cannot be written', async () => {
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

it('a view that goes round in a circle is refused', async () => {
  await open.db.createCollection('a', { viewOn: 'b', pipeline: [] });
  await open.db.createCollection('b', { viewOn: 'a', pipeline: [] });

  expect((await failureOf(open.db.collection('a').find().toArray())).code).toBe(165);
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

it('collMod makes no view of a collection, and no collection of a view', async () => {
  await open.db.createCollection('made');
  await open.db.createCollection('seen', { viewOn: 'made' });
  await open.db.collection('made').insertOne({ a: 1 });

  const toView = await failureOf(open.db.command({ collMod: 'made', viewOn: 'other', pipeline: [] }));
  const toCollection = await failureOf(open.db.command({ collMod: 'seen', validator: { a: 1 } }));

  expect([toView, toCollection]).toMatchObject([{ code: 72 }, { code: 72 }]);
  expect(await open.db.collection('seen').countDocuments()).toBe(1);
});
