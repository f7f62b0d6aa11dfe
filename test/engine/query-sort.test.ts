import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSort, compileSortKeys } from '../../src/infra/engine/query/sort.js';
import { compileCollation } from '../../src/infra/engine/values/collation.js';
import { compareValues } from '../../src/infra/engine/values/compare.js';
import { anyDocument } from './arbitraries.js';
import { bson } from './bson.js';

/** The places of the documents, in their new order. */
const order = (spec: object, documents: object[], collation?: object): number[] => {
  const { keyOf, compare } = compileSortKeys(bson(spec), collation && compileCollation(bson(collation)));
  return documents
    .map((document, place) => ({ place, key: keyOf(bson(document)) }))
    .toSorted((left, right) => compare(left.key, right.key))
    .map(({ place }) => place);
};

describe('a sort', () => {
  it.each<[string, object, object[], number[]]>([
    ['goes by several fields', { a: 1, b: -1 }, [{ a: 2 }, { a: 1, b: 1 }, { a: 1, b: 2 }], [2, 1, 0]],
    ['takes a missing field for null', { a: 1 }, [{ a: 1 }, {}, { a: null }], [1, 2, 0]],
    ['puts an empty array before null', { a: 1 }, [{ a: null }, { a: [] }], [1, 0]],
    ['takes the least of an array going up', { a: 1 }, [{ a: 2 }, { a: [9, 1] }], [1, 0]],
    ['takes the greatest of an array going down', { a: -1 }, [{ a: 2 }, { a: [9, 1] }], [1, 0]],
    ['goes through arrays of documents', { 'a.v': 1 }, [{ a: [{ v: 3 }, { v: 2 }] }, { a: [{ v: 1 }] }], [1, 0]],
    [
      'takes null for a scalar where a document was meant',
      { 'a.v': 1 },
      [{ a: [{ v: 1 }] }, { a: [{ v: 5 }, 7] }],
      [1, 0],
    ],
    [
      'takes fields of one element together',
      { 'a.x': 1, 'a.y': 1 },
      [
        { a: [{ x: 1, y: 4 }] },
        {
          a: [
            { x: 1, y: 5 },
            { x: 2, y: 1 },
          ],
        },
      ],
      [0, 1],
    ],
    ['counts into arrays', { 'a.0': 1 }, [{ a: [2, 0] }, { a: [1, 9] }], [1, 0]],
    ['keeps the order of equal documents', { a: 1 }, [{ a: 1 }, { a: 1 }, { a: 0 }], [2, 0, 1]],
  ])('%s', (_, spec, documents, expected) => {
    expect(order(spec, documents)).toEqual(expected);
  });

  it('goes by a collation', () => {
    expect(order({ a: 1 }, [{ a: 'b' }, { a: 'A' }, { a: 'a' }], { locale: 'en', strength: 2 })).toEqual([1, 2, 0]);
    expect(order({ a: 1 }, [{ a: 'b' }, { a: 'A' }, { a: 'a' }])).toEqual([1, 2, 0]);
    expect(order({ a: 1 }, [{ a: 'B' }, { a: 'a' }])).toEqual([0, 1]);
  });

  it('is as comparing the values where there are no arrays', () => {
    const compare = compileSort(bson({ a: 1 }));

    fc.assert(
      fc.property(anyDocument, anyDocument, (left, right) => {
        fc.pre(!Array.isArray(left.a) && !Array.isArray(right.a));
        expect(Math.sign(compare(left, right))).toBe(Math.sign(compareValues(left.a ?? null, right.a ?? null)));
      }),
    );
  });

  it.each<[string, object, number]>([
    ['a direction that there is not', { a: 2 }, 2],
    ['a name that begins with a dollar sign', { $a: 1 }, 2],
    ['the score of a search that there is not', { a: { $meta: 'textScore' } }, 40218],
  ])('refuses %s', (_, spec, code) => {
    expect(() => compileSort(bson(spec))).toThrow(expect.objectContaining({ code }));
  });

  it('refuses two arrays side by side', () => {
    expect(() => order({ a: 1, b: 1 }, [{ a: [1], b: [1] }])).toThrow(expect.objectContaining({ code: 2 }));
  });
});
