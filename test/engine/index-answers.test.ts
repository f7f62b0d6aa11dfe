import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OpenEngine, openTestEngine } from './kit.js';

type Thing = { _id: number } & Record<string, unknown>;
type Options = { collation?: { locale: string; strength?: 1 | 2 | 3 }; sort?: Record<string, 1 | -1> };

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());
beforeEach(() => open.db.dropDatabase());

const things = () => open.db.collection<Thing>('things');

async function idsOf(filter: object, options: Options): Promise<number[]> {
  const found = await things()
    .find(filter, { sort: { _id: 1 }, ...options })
    .toArray();
  return found.map(({ _id: id }) => id);
}

const someTexts = [
  { _id: 1, a: /^abc/ },
  { _id: 2, a: 'abcd' },
  { _id: 3, a: [/^abc/, 'x'] },
  { _id: 4, a: /^abc/i },
  { _id: 5, a: 'ab' },
];

const blind = { locale: 'en', strength: 2 } as const;

describe('an index takes nothing from what is found', () => {
  it.each<
    [string, Thing[], { key: Record<string, 1 | -1>; partialFilterExpression?: object }, object, Options, number[]]
  >([
    ['by a pattern that is stored itself', someTexts, { key: { a: 1 } }, { a: /^abc/ }, {}, [1, 2, 3]],
    ['by it in the order of the index', someTexts, { key: { a: 1 } }, { a: /^abc/ }, { sort: { a: -1 } }, [1, 3, 2]],
    ['by nothing but it', someTexts, { key: { a: 1 } }, { a: { $eq: /^abc/ } }, {}, [1, 3]],
    ['by it where the order is turned', someTexts, { key: { a: -1 } }, { a: /^abc/ }, {}, [1, 2, 3]],
    [
      'by a collation that its own condition does not know',
      [
        { _id: 1, b: 1, a: 'x' },
        { _id: 2, b: 1, a: 'X' },
      ],
      { key: { b: 1 }, partialFilterExpression: { a: 'x' } },
      { b: 1, a: 'x' },
      { collation: blind },
      [1, 2],
    ],
    [
      'by not a number',
      [
        { _id: 1, a: Number.NaN },
        { _id: 2, a: 1 },
      ],
      { key: { a: 1 }, partialFilterExpression: { a: { $lt: 2 } } },
      { a: { $lte: Number.NaN } },
      {},
      [1],
    ],
    [
      'by a place in a list, which is a field of its elements too',
      [
        { _id: 1, a: [{ b: 1 }] },
        { _id: 2, a: [{ 0: 5 }] },
        { _id: 3, a: [5] },
        { _id: 4, a: { 0: 5 } },
      ],
      { key: { 'a.0': 1 } },
      { 'a.0': 5 },
      {},
      [2, 3, 4],
    ],
    [
      'by nothing at a place in a list',
      [
        { _id: 1, a: [{ b: 1 }] },
        { _id: 2, a: [] },
        { _id: 3, a: [5] },
        { _id: 4, a: [null] },
      ],
      { key: { 'a.0': 1 } },
      { 'a.0': null },
      {},
      [1, 4],
    ],
    [
      'where a partial index has all that is asked for, and nothing else',
      [
        { _id: 1, user: 'a', isActive: true },
        { _id: 2, user: 'a', isActive: false },
        { _id: 3, user: 'b', isActive: true },
        { _id: 4, user: ['a', 'b'], isActive: true },
        { _id: 5, user: 'a' },
        { _id: 6, user: 'a', isActive: true },
      ],
      { key: { user: 1, isActive: 1 }, partialFilterExpression: { isActive: true } },
      { user: 'a', isActive: true },
      {},
      [1, 4, 6],
    ],
    [
      'where it has no lists',
      [
        { _id: 1, user: 'a', isActive: true },
        { _id: 2, user: 'a', isActive: false },
        { _id: 3, user: 'b', isActive: true },
        { _id: 6, user: 'a', isActive: true },
      ],
      { key: { user: 1, isActive: 1 }, partialFilterExpression: { isActive: true } },
      { user: 'a', isActive: true },
      {},
      [1, 6],
    ],
    [
      'where texts are too long for it to tell them apart',
      [
        { _id: 1, a: `${'x'.repeat(3_000)}1` },
        { _id: 2, a: `${'x'.repeat(3_000)}2` },
      ],
      { key: { a: 1 } },
      { a: `${'x'.repeat(3_000)}2` },
      {},
      [2],
    ],
    [
      'where more than the index holds is asked for',
      [
        { _id: 1, user: 'a', kind: 1 },
        { _id: 2, user: 'a', kind: 2 },
      ],
      { key: { user: 1 } },
      { user: 'a', kind: 2 },
      {},
      [2],
    ],
  ])('%s', async (_, documents, { key, ...options }, filter, search, expected) => {
    await things().insertMany(documents);

    const { collation } = search;
    const without = await idsOf(filter, search);
    await things().createIndex(key, options);
    const withIndex = await idsOf(filter, search);

    expect(withIndex).toEqual(without);
    expect(withIndex).toEqual(expected);
    expect(await things().countDocuments(filter, { ...(collation && { collation }) })).toBe(expected.length);
    expect(await open.db.command({ count: 'things', query: filter, ...(collation && { collation }) })).toMatchObject({
      n: expected.length,
    });
  });

  it('and is used where a name of digits is a field and no place in a list', async () => {
    await things().createIndex({ 'counts.2024': 1 });
    await things().insertMany([
      { _id: 1, counts: { 2024: 3 } },
      { _id: 2, counts: { 2024: 4 } },
    ]);

    const plan = await things().find({ 'counts.2024': 4 }).explain();

    expect(plan.queryPlanner.winningPlan.inputStage.indexName).toBe('counts.2024_1');
  });

  it('and is all that is counted where it is named, and holds less than the collection', async () => {
    await things().insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 2 }, { _id: 3 }]);
    await things().createIndex({ a: 1 }, { sparse: true });
    const hint = { a: 1 } as const;

    const counts = [
      (await things().find({}).hint(hint).toArray()).length,
      await things().countDocuments({}, { hint }),
      (await open.db.command({ count: 'things', hint })).n,
      (
        await things()
          .aggregate([{ $count: 'n' }], { hint })
          .toArray()
      )[0]?.n,
    ];

    expect(counts).toEqual([2, 2, 2, 2]);
    expect(await things().countDocuments({})).toBe(3);
  });

  it.each([
    [{ skip: 1.5 }, 2],
    [{ limit: 1.5 }, 1],
    [{ limit: -2 }, 2],
    [{ limit: 0.5 }, 3],
    [{ skip: 2, limit: 5 }, 1],
    [{ skip: 9 }, 0],
  ])('and counts within %j', async (within, expected) => {
    await things().createIndex({ a: 1 });
    await things().insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
      { _id: 3, a: 1 },
    ]);

    expect(await open.db.command({ count: 'things', query: { a: 1 }, ...within })).toMatchObject({ n: expected });
  });

  it('and what is in documents is read where it is grouped or summed', async () => {
    await things().insertMany([
      { _id: 1, a: 'x', n: 5 },
      { _id: 2, a: 'x', n: 6 },
      { _id: 3, a: 'y', n: 7 },
    ]);
    const of = (group: object) =>
      things()
        .aggregate([{ $group: group }, { $sort: { _id: 1 } }])
        .toArray();

    expect(await of({ _id: '$a', count: { $sum: 1 } })).toEqual([
      { _id: 'x', count: 2 },
      { _id: 'y', count: 1 },
    ]);
    expect(await of({ _id: 1, count: { $sum: 1 }, sum: { $sum: '$n' } })).toEqual([{ _id: 1, count: 3, sum: 18 }]);
    expect(await of({ _id: null, count: { $sum: 1 }, twice: { $sum: 2 } })).toEqual([
      { _id: null, count: 3, twice: 6 },
    ]);
  });

  it('and no count leaves out fewer than none', async () => {
    await things().insertOne({ _id: 1 });
    await expect(open.db.command({ count: 'things', skip: -1 })).rejects.toMatchObject({ code: 51_024 });
  });
});
