import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenEngine, openTestEngine } from './kit.js';
import {
  blind,
  type Change,
  changed,
  type Condition,
  matches,
  type Plain,
  type PlainDocument,
  sorted,
  type SortField,
  toFilter,
  toUpdate,
} from './naive-model.js';

const TEXTS = ['', 'a', 'A', 'ab', 'aB', 'b', 'B'];
const PATTERNS = [/^a/, /^ab/, /b$/];
const scalar: fc.Arbitrary<Plain> = fc.constantFrom<Plain[]>(
  null,
  -1,
  0,
  1,
  2,
  2.5,
  true,
  false,
  ...TEXTS,
  ...TEXTS,
  ...PATTERNS,
);
const inner: fc.Arbitrary<PlainDocument> = fc.record({ c: scalar }, { requiredKeys: [], noNullPrototype: true });
const field: fc.Arbitrary<Plain> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: inner },
);
const nested: fc.Arbitrary<Plain> = fc.oneof(inner, fc.array(inner, { maxLength: 3 }), scalar);
const someDocuments: fc.Arbitrary<PlainDocument[]> = fc
  .array(fc.record({ a: field, b: nested, d: scalar }, { requiredKeys: [], noNullPrototype: true }), { maxLength: 12 })
  .map((documents) => documents.map((document, i) => ({ _id: i, ...document })));

const path = fc.constantFrom('a', 'b.c', 'd');
/** In a list a pattern stands for what it matches, and nothing can be unequal to one. */
const noPattern = scalar.filter((value) => !(value instanceof RegExp));
/** Questions that a collation answers in its own way. */
const collatable: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: fc.constant('eq' as const), path, value: scalar }),
  fc.record({ kind: fc.constant('ne' as const), path, value: noPattern }),
  fc.record({
    kind: fc.constantFrom('gt' as const, 'gte' as const, 'lt' as const, 'lte' as const),
    path,
    value: fc.constantFrom<Plain[]>(-1, 0, 1, 2, '', 'a', 'A', 'b', true),
  }),
  fc.record({
    kind: fc.constantFrom('in' as const, 'nin' as const),
    path,
    values: fc.array(noPattern, { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('exists' as const), path, isThere: fc.boolean() }),
);
const several = (part: fc.Arbitrary<Condition>): fc.Arbitrary<Condition> =>
  fc.oneof(
    part,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      parts: fc.array(part, { minLength: 1, maxLength: 3 }),
    }),
  );
const simple: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: collatable },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('like' as const), path, pattern: fc.constantFrom(...PATTERNS) }),
  },
);
const someCondition = several(simple);
/** Two fields of few values, asked for at once: one that an index holds, and one that decides which documents it holds. */
const FEW: Plain[] = [1, 2, true];
const alikeDocuments: fc.Arbitrary<PlainDocument[]> = fc
  .array(fc.record({ a: fc.constantFrom(...TEXTS), d: fc.constantFrom(...FEW) }, { noNullPrototype: true }))
  .map((documents) => documents.map((document, i) => ({ _id: i, ...document })));
const bothFields: fc.Arbitrary<Condition> = fc
  .tuple(fc.constantFrom(...FEW), fc.constantFrom('eq' as const, 'lte' as const), fc.constantFrom(...TEXTS))
  .map(([value, kind, text]) => ({
    kind: 'and' as const,
    parts: [
      { kind: 'eq' as const, path: 'd', value },
      { kind, path: 'a', value: text },
    ],
  }));

const someSort: fc.Arbitrary<SortField[]> = fc
  .uniqueArray(fc.record({ path, direction: fc.constantFrom(1 as const, -1 as const) }), {
    selector: ({ path: name }) => name,
    minLength: 1,
    maxLength: 2,
  })
  // Two arrays cannot be sorted by at once; with the `_id` no two documents are alike.
  .filter((fields) => fields.filter(({ path: name }) => name !== 'd').length <= 1)
  .map((fields) => [...fields, { path: '_id', direction: 1 as const }]);

const name = fc.constantFrom('a', 'd');
// Only one field of a compound index may hold arrays: `a`.
const someChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), name: fc.constant('a'), value: field }),
  fc.record({ kind: fc.constant('set' as const), name, value: scalar }),
  fc.record({ kind: fc.constant('unset' as const), name }),
  fc.record({ kind: fc.constant('inc' as const), name, by: fc.constantFrom(1, -2) }),
  fc.record({ kind: fc.constant('push' as const), name: fc.constant('a'), value: scalar }),
);

const BLIND = { locale: 'en', strength: 2 } as const;

type SomeIndex = {
  key: Record<string, 1 | -1>;
  sparse?: boolean;
  partialFilterExpression?: object;
  collation?: typeof BLIND;
};
const someIndexes = fc.subarray<SomeIndex>([
  { key: { d: 1 }, partialFilterExpression: { a: 'a' } },
  { key: { a: 1 } },
  { key: { d: -1 } },
  { key: { 'b.c': 1 } },
  { key: { d: 1, a: -1 } },
  { key: { a: 1, d: 1 }, sparse: true },
  { key: { 'b.c': -1, d: 1 } },
  { key: { d: 1, 'b.c': 1 }, partialFilterExpression: { d: { $gt: 0 } } },
  { key: { a: -1 }, partialFilterExpression: { d: { $gte: 'a' } } },
  { key: { a: 1, d: -1 }, collation: BLIND },
  { key: { 'b.c': 1 }, collation: BLIND, partialFilterExpression: { a: { $lte: 'ab' } } },
]);

let open: OpenEngine;
let collections = 0;

beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());

async function collectionOf(documents: PlainDocument[], indexes: readonly SomeIndex[]) {
  const collection = open.db.collection<{ _id: number }>(`c${collections++}`);
  for (const { key, ...options } of indexes)
    await collection.createIndex(key, { ...options, name: JSON.stringify([key, options]) });
  if (documents.length > 0) await collection.insertMany(documents as { _id: number }[]);
  return collection;
}

const idsOf = (documents: { _id?: unknown }[]): unknown[] => documents.map(({ _id: id }) => id);

describe('whatever indexes a collection has', () => {
  it('finds the documents that a look at each would find, in the order asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        someDocuments,
        someIndexes,
        someCondition,
        someSort,
        async (documents, indexes, condition, sort) => {
          const collection = await collectionOf(documents, indexes);

          const found = await collection
            .find(toFilter(condition), {
              sort: sort.map(({ path: by, direction }): [string, 1 | -1] => [by, direction]),
            })
            .toArray();
          await collection.drop();

          expect(idsOf(found)).toEqual(
            idsOf(
              sorted(
                documents.filter((document) => matches(document, condition)),
                sort,
              ),
            ),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it('finds what a collation takes for the same, in its order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(someDocuments, alikeDocuments),
        someIndexes,
        fc.oneof(several(collatable), bothFields),
        someSort,
        async (documents, indexes, condition, sort) => {
          const collection = await collectionOf(documents, indexes);
          const order = sort.map(({ path: by, direction }): [string, 1 | -1] => [by, direction]);

          const found = await collection.find(toFilter(condition), { collation: BLIND, sort: order }).toArray();
          await collection.drop();

          const expected = blind(documents).filter((document) => matches(document, blind(condition)));
          expect(idsOf(found)).toEqual(idsOf(sorted(expected, sort)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('changes the documents that match and no others, and finds them by what they are then', async () => {
    await fc.assert(
      fc.asyncProperty(
        someDocuments,
        someIndexes,
        someCondition,
        someChange,
        someCondition,
        async (documents, indexes, condition, change, then) => {
          const collection = await collectionOf(documents, indexes);
          const after = documents.map((document) =>
            matches(document, condition) ? changed(document, change) : document,
          );
          fc.pre(after.every((document) => document !== undefined));

          await collection.updateMany(toFilter(condition), toUpdate(change));
          const found = await collection.find(toFilter(then)).sort({ _id: 1 }).toArray();
          await collection.drop();

          expect(found).toEqual(after.filter((document) => document !== undefined && matches(document, then)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('removes and counts the same', async () => {
    await fc.assert(
      fc.asyncProperty(someDocuments, someIndexes, someCondition, async (documents, indexes, condition) => {
        const collection = await collectionOf(documents, indexes);
        const matching = documents.filter((document) => matches(document, condition));

        const counted = await collection.countDocuments(toFilter(condition));
        const { deletedCount } = await collection.deleteMany(toFilter(condition));
        const left = await collection.find().toArray();
        await collection.drop();

        expect([counted, deletedCount]).toEqual([matching.length, matching.length]);
        expect(idsOf(left)).toEqual(idsOf(documents.filter((document) => !matching.includes(document))));
      }),
      { numRuns: 200 },
    );
  });
});
