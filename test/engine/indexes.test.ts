import mongoose from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type OpenEngine, openTestEngine } from './kit.js';

// The driver knows its own classes only.
const { Decimal128, Double, Long } = mongoose.mongo;

type Thing = { _id: number } & Record<string, unknown>;

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());
beforeEach(() => open.db.dropDatabase());

const things = () => open.db.collection<Thing>('things');

/** The index that a search uses, and how many documents it looks at. */
async function planOf(
  filter: object,
  options: { sort?: object; collation?: object } = {},
): Promise<{ index: unknown; examined: unknown }> {
  const { queryPlanner, executionStats } = await open.db.command({ explain: { find: 'things', filter, ...options } });
  const { inputStage, inputStages } = queryPlanner.winningPlan;
  return {
    index:
      inputStage?.indexName ??
      inputStages?.map(({ indexName }: { indexName: string }) => indexName) ??
      queryPlanner.winningPlan.stage,
    examined: executionStats.totalDocsExamined,
  };
}

describe('a search looks', () => {
  beforeEach(async () => {
    await things().createIndex({ owner: 1, at: -1 }, { name: 'newest' });
    await things().createIndex({ tags: 1 }, { name: 'tags' });
    await things().createIndex({ 'part.size': 1, 'part.color': 1 }, { name: 'parts' });
    await things().createIndex({ state: 1 }, { name: 'active', partialFilterExpression: { state: 'active' } });
    await things().createIndex({ nick: 1 }, { name: 'nick', sparse: true });
    await things().insertMany(
      Array.from({ length: 100 }, (_, i) => ({
        _id: i,
        owner: `owner ${i % 10}`,
        at: i,
        tags: [`tag ${i % 4}`, `tag ${i % 5}`],
        part: [
          { size: i, color: 'red' },
          { size: i + 1, color: 'blue' },
        ],
        state: i < 5 ? 'active' : 'old',
        ...(i === 7 ? { nick: 'seven' } : {}),
      })),
    );
  });

  it.each([
    ['at one document for an id', { _id: 7 }, '_id_', 1],
    ['at those with an id of a list', { _id: { $in: [1, 2, 300] } }, '_id_', 2],
    ['at a range of ids', { _id: { $gte: 10, $lt: 20 } }, '_id_', 10],
    ['at those of an owner', { owner: 'owner 3' }, 'newest', 10],
    ['at those of an owner in a range', { owner: 'owner 3', at: { $gt: 50 } }, 'newest', 5],
    ['at those of two owners in a range', { owner: { $in: ['owner 3', 'owner 4'] }, at: { $lt: 20 } }, 'newest', 4],
    ['at strings that start alike', { owner: /^owner 3/ }, 'newest', 10],
    ['at each document once that has an element', { tags: 'tag 1' }, 'tags', 40],
    [
      'at fields within a list by the first alone, for two elements may satisfy two conditions',
      { 'part.size': 5, 'part.color': 'red' },
      'parts',
      2,
    ],
    ['within an element by $elemMatch', { part: { $elemMatch: { size: 5, color: 'red' } } }, 'parts', 2],
    ['into a partial index where the filter implies its own', { state: 'active' }, 'active', 5],
    ['at all where it does not', { state: 'old' }, 'COLLSCAN', 100],
    ['into a sparse index where the field must be there', { nick: { $gte: 'a' } }, 'nick', 1],
    ['at all where a sparse index would miss some', { nick: null }, 'COLLSCAN', 100],
    ['into an index for each branch of $or', { $or: [{ _id: 3 }, { owner: 'owner 4' }] }, ['_id_', 'newest'], 11],
    ['at all where a branch of $or has none', { $or: [{ _id: 3 }, { color: 'red' }] }, 'COLLSCAN', 100],
    ['at all for what is not', { owner: { $ne: 'owner 3' } }, 'COLLSCAN', 100],
  ])('%s', async (_, filter, index, examined) => {
    expect(await planOf(filter)).toEqual({ index, examined });
  });

  it('along an index that has the order asked for, forward or backward', async () => {
    const inOrder = (at: 1 | -1) =>
      things()
        .find({ owner: 'owner 3' }, { sort: { at }, limit: 2, projection: { _id: 1 } })
        .toArray();

    expect(await inOrder(-1)).toEqual([{ _id: 93 }, { _id: 83 }]);
    expect(await inOrder(1)).toEqual([{ _id: 3 }, { _id: 13 }]);
    expect(await planOf({}, { sort: { owner: 1, at: -1 } })).toEqual({ index: 'newest', examined: 100 });
    expect(await planOf({}, { sort: { owner: 1, at: 1 } })).toEqual({ index: 'COLLSCAN', examined: 100 });
  });

  it('where a hint says, and in natural order where that is the hint', async () => {
    const hinted = things().find({ owner: 'owner 3' }, { hint: { _id: 1 } });
    const natural = await things()
      .find({}, { hint: { $natural: -1 }, limit: 1 })
      .toArray();

    expect(await hinted.toArray()).toHaveLength(10);
    expect(natural).toMatchObject([{ _id: 99 }]);
  });

  it('nowhere near a hidden index', async () => {
    await open.db.command({ collMod: 'things', index: { name: 'newest', hidden: true } });

    expect(await planOf({ owner: 'owner 3' })).toEqual({ index: 'COLLSCAN', examined: 100 });
  });
});

describe('a unique index', () => {
  it('refuses a second document with the key, and says which', async () => {
    await things().createIndex({ 'name.first': 1, age: -1 }, { unique: true });
    await things().insertOne({ _id: 1, name: { first: 'Kim' }, age: 3 });

    await expect(things().insertOne({ _id: 2, name: { first: 'Kim' }, age: 3 })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { 'name.first': 1, age: -1 },
      keyValue: { 'name.first': 'Kim', age: 3 },
      message:
        'E11000 duplicate key error collection: tomato.things index: name.first_1_age_-1 dup key: { name.first: "Kim", age: 3 }',
    });
  });

  it('names the element of a list that is there already', async () => {
    await things().createIndex({ tags: 1 }, { unique: true });
    await things().insertOne({ _id: 1, tags: ['b'] });

    await expect(things().insertOne({ _id: 2, tags: ['a', 'b', 'c'] })).rejects.toMatchObject({
      keyValue: { tags: 'b' },
    });
  });

  it('takes 1, 1.0 and a long 1 for one, but not numbers that only share a double', async () => {
    await things().createIndex({ n: 1 }, { unique: true });
    await things().insertMany([
      { _id: 1, n: Decimal128.fromString('1') },
      { _id: 2, n: Decimal128.fromString('1.00000000000000000001') },
      { _id: 3, n: Long.fromString('9007199254740993') },
      { _id: 4, n: new Double(9_007_199_254_740_992) },
    ]);

    expect((await failureOf(things().insertOne({ _id: 5, n: Long.ONE }))).code).toBe(11000);
  });

  it('holds null and a missing field for one, and an empty list for another', async () => {
    await things().createIndex({ a: 1 }, { unique: true });
    await things().insertMany([{ _id: 1 }, { _id: 2, a: [] }]);

    expect((await failureOf(things().insertOne({ _id: 3, a: null }))).code).toBe(11000);
  });

  it('that is sparse or partial leaves others alone', async () => {
    await things().createIndex({ a: 1 }, { unique: true, sparse: true });
    await things().createIndex({ b: 1 }, { unique: true, partialFilterExpression: { isLive: true } });
    await things().insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3, b: 1 }, { _id: 4, b: 1, isLive: true }]);

    expect((await failureOf(things().updateOne({ _id: 3 }, { $set: { isLive: true } }))).code).toBe(11000);
    expect(await things().findOne({ _id: 3 })).toEqual({ _id: 3, b: 1 });
  });

  it('with a collation is blind to what the collation is', async () => {
    await things().createIndex({ name: 1 }, { unique: true, collation: { locale: 'en', strength: 2 } });
    await things().insertOne({ _id: 1, name: 'Kim' });

    expect((await failureOf(things().insertOne({ _id: 2, name: 'KIM' }))).code).toBe(11000);
    expect(await things().find({ name: 'kIm' }).collation({ locale: 'en', strength: 2 }).toArray()).toHaveLength(1);
    expect(await planOf({ name: 'kim' }, { collation: { locale: 'en', strength: 2 } })).toMatchObject({
      index: 'name_1',
    });
    expect(await planOf({ name: 'kim' })).toMatchObject({ index: 'COLLSCAN' });
  });

  it('keeps apart keys that are longer than it can store', async () => {
    const long = 'x'.repeat(5000);
    await things().createIndex({ text: 1 }, { unique: true });
    await things().insertMany([
      { _id: 1, text: `${long}a` },
      { _id: 2, text: `${long}b` },
    ]);

    expect((await failureOf(things().insertOne({ _id: 3, text: `${long}a` }))).code).toBe(11000);
    expect(
      await things()
        .find({ text: `${long}b` })
        .toArray(),
    ).toHaveLength(1);
    expect(
      await things()
        .find({ text: { $gt: `${long}a` } })
        .toArray(),
    ).toHaveLength(1);
  });

  it('is not made where two documents share a key, and leaves nothing behind', async () => {
    await things().insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
    ]);

    expect((await failureOf(things().createIndex({ a: 1 }, { unique: true }))).code).toBe(11000);
    await things().createIndex({ a: 1 });

    expect((await things().indexes()).map(({ name }) => name)).toEqual(['_id_', 'a_1']);
    expect(await planOf({ a: 1 })).toEqual({ index: 'a_1', examined: 2 });
  });
});

describe('createIndexes', () => {
  it('makes the same index once', async () => {
    const create = { createIndexes: 'things', indexes: [{ key: { a: 1 }, name: 'a' }] };

    expect(await open.db.command(create)).toMatchObject({
      numIndexesBefore: 1,
      numIndexesAfter: 2,
      createdCollectionAutomatically: true,
    });
    expect(await open.db.command(create)).toMatchObject({ numIndexesAfter: 2, note: 'all indexes already exist' });
  });

  it.each([
    ['another name for the same', { key: { a: 1 }, name: 'b' }, 85],
    ['another key by the same name', { key: { b: 1 }, name: 'a' }, 86],
    ['other options by the same name', { key: { a: 1 }, name: 'a', unique: true }, 86],
    ['no key', { key: {}, name: 'x' }, 67],
    ['a direction of 0', { key: { x: 0 }, name: 'x' }, 67],
    ['an unknown kind', { key: { x: 'magic' }, name: 'x' }, 67],
    ['an expiry of two fields', { key: { x: 1, y: 1 }, name: 'x', expireAfterSeconds: 1 }, 67],
    ['an expiry that gives no date', { key: { x: 1 }, name: 'x', expireAfterSeconds: 1e13 }, 67],
    ['an expiry that is no number', { key: { x: 1 }, name: 'x', expireAfterSeconds: NaN }, 67],
    ['an expiry of the _id', { key: { _id: 1 }, name: 'x', expireAfterSeconds: 1 }, 197],
    ['an _id that is unique again', { key: { _id: 1 }, name: 'x', unique: true }, 197],
    ['the _id backwards', { key: { _id: -1 }, name: 'x' }, 2],
    ['a name that means all', { key: { x: 1 }, name: '*' }, 2],
    ['a name with a null byte', { key: { x: 1 }, name: 'x\0y' }, 67],
    ['a version that is none any more', { key: { x: 1 }, name: 'x', v: 0 }, 67],
    ['an option that is none', { key: { x: 1 }, name: 'x', uniqe: true }, 197],
    ['a unique index of hashes', { key: { x: 'hashed' }, name: 'x', unique: true }, 16764],
    ['a unique index of places', { key: { x: '2dsphere' }, name: 'x', unique: true }, 238],
    ['a collation of no language', { key: { x: 1 }, name: 'x', collation: { locale: 'zz' } }, 2],
    ['several fields, one named by a whole number', { key: { x: 1, 7: 1 }, name: 'x' }, 238],
  ])('refuses %s', async (_, spec, code) => {
    await things().createIndex({ a: 1 }, { name: 'a' });

    expect((await failureOf(open.db.command({ createIndexes: 'things', indexes: [spec] }))).code).toBe(code);
  });

  it('takes the _id by a number other than 1 and -1 for an index like any other', async () => {
    await things().createIndex({ _id: 2 }, { name: 'x', unique: true });

    expect(await things().indexes()).toMatchObject([{ key: { _id: 1 } }, { key: { _id: 2 }, name: 'x', unique: true }]);
  });

  it.each([
    [{ x: { $exists: false } }],
    [{ x: { $ne: 1 } }],
    [{ x: { $gt: 1, $not: { $gt: 5 } } }],
    [{ x: /y/ }],
    [{ x: { $size: 1 } }],
    [{ x: { $elemMatch: { y: 1 } } }],
    [{ $and: [{ x: 1 }, { $or: [{ y: { $nin: [1] } }] }] }],
    [{ $nor: [{ x: 1 }] }],
    [{ $expr: { $eq: ['$x', 1] } }],
  ])('refuses to hold only what satisfies %j', async (partialFilterExpression) => {
    const spec = { key: { a: 1 }, name: 'a', partialFilterExpression };

    expect((await failureOf(open.db.command({ createIndexes: 'things', indexes: [spec] }))).code).toBe(67);
  });

  it('holds what satisfies any other condition', async () => {
    const partialFilterExpression = {
      $or: [
        { x: 1, y: { $exists: true, $type: 'string' } },
        { $and: [{ x: { $in: [2, 3] } }, { y: { $gte: 1, $lt: 2 } }] },
      ],
    };

    expect(await things().createIndex({ a: 1 }, { name: 'a', partialFilterExpression })).toBe('a');
  });

  it('takes the key with another option as an index of its own', async () => {
    await things().createIndex({ a: 1 }, { name: 'a' });
    await things().createIndex({ a: 1 }, { name: 'sparse a', sparse: true });

    expect(await things().indexes()).toHaveLength(3);
  });
});

it('is explained without a look at the documents where only the plan is wanted', async () => {
  await things().insertOne({ _id: 1 });

  const plan = await things().find({ a: 1 }).explain('queryPlanner');

  expect(plan).toMatchObject({ queryPlanner: { winningPlan: { stage: 'COLLSCAN' } } });
  expect(plan).not.toHaveProperty('executionStats');
});

describe('collMod', () => {
  it.each([
    ['nothing to change', { name: 'at' }, 72],
    ['an index by its name and its key', { name: 'at', keyPattern: { at: 1 }, hidden: true }, 72],
    ['no index', { hidden: true }, 72],
    ['an option that it cannot change', { name: 'at', unique: true }, 238],
  ])('refuses %s', async (_, index, code) => {
    await things().createIndex({ at: 1 }, { name: 'at' });

    expect(await failureOf(open.db.command({ collMod: 'things', index }))).toMatchObject({ code });
  });

  it.each([['soon'], [-1], [1e13]])('refuses an expiry of %j', async (expireAfterSeconds) => {
    await things().createIndex({ at: 1 }, { name: 'at', expireAfterSeconds: 60 });

    const changed = open.db.command({ collMod: 'things', index: { name: 'at', expireAfterSeconds } });

    expect((await failureOf(changed)).code).toBe(72);
  });
});

describe('dropIndexes', () => {
  it('drops by name or key, all but that of the id', async () => {
    await things().createIndexes([{ key: { a: 1 } }, { key: { b: 1 } }, { key: { c: 1 } }]);

    await things().dropIndex('a_1');
    await open.db.command({ dropIndexes: 'things', index: { b: 1 } });
    expect((await things().indexes()).map(({ name }) => name)).toEqual(['_id_', 'c_1']);
    await things().dropIndexes();

    expect((await things().indexes()).map(({ name }) => name)).toEqual(['_id_']);
    expect((await failureOf(things().dropIndex('_id_'))).code).toBe(72);
    expect((await failureOf(things().dropIndex('a_1'))).code).toBe(27);
  });
});
