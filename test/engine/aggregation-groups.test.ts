import { Decimal128, Double, Long } from 'bson';
import { describe, it } from 'vitest';
import { checkAll, expectResult } from './pipelines.js';

const numbers = [{ a: 1 }, { a: 2 }, { a: 3 }];

describe('$group', () => {
  const sales = [{ k: 'x', n: 1, d: 'a' }, { k: 'y', n: 2, d: 'b' }, { k: 'x', n: 3 }, { n: 4 }, { k: null, n: 5 }];

  checkAll([
    [
      'puts missing and null together, and _id first',
      sales,
      [{ $group: { sum: { $sum: '$n' }, _id: '$k' } }],
      [
        { _id: 'x', sum: 4 },
        { _id: 'y', sum: 2 },
        { _id: null, sum: 9 },
      ],
    ],
    [
      'groups by several fields, missing ones left out',
      [{ a: 1, b: 2 }, { a: 1 }],
      [{ $group: { _id: { a: '$a', b: '$b' } } }],
      [{ _id: { a: 1, b: 2 } }, { _id: { a: 1 } }],
    ],
    [
      'groups equal numbers of several types',
      [{ a: 1 }, { a: new Double(1) }, { a: Decimal128.fromString('1.0') }],
      [{ $group: { _id: '$a', n: { $count: {} } } }],
      [{ _id: 1, n: 3 }],
    ],
    ['groups all', sales, [{ $group: { _id: null, n: { $sum: 1 } } }], [{ _id: null, n: 5 }]],
    ['groups nothing into nothing', [], [{ $group: { _id: null, n: { $sum: 1 } } }], []],
    [
      '$push leaves missing values out, $addToSet repeated ones too',
      [{ a: 1 }, {}, { a: 1 }],
      [{ $group: { _id: null, p: { $push: '$a' }, s: { $addToSet: '$a' } } }],
      [{ _id: null, p: [1, 1], s: [1] }],
    ],
    [
      '$first and $last of missing are null',
      [{}, { a: 1 }, {}],
      [{ $group: { _id: null, f: { $first: '$a' }, l: { $last: '$a' } } }],
      [{ _id: null, f: null, l: null }],
    ],
    [
      '$min and $max leave null out',
      [{ a: null }, { a: 2 }, { a: 'x' }],
      [{ $group: { _id: null, min: { $min: '$a' }, max: { $max: '$a' } } }],
      [{ _id: null, min: 2, max: 'x' }],
    ],
    [
      '$avg and $stdDev of nothing are null',
      [{ a: 'x' }],
      [{ $group: { _id: null, a: { $avg: '$a' }, p: { $stdDevPop: '$a' }, s: { $stdDevSamp: '$a' } } }],
      [{ _id: null, a: null, p: null, s: null }],
    ],
    [
      '$sum of nothing is zero, and takes no array apart',
      [{ a: [1, 2] }],
      [{ $group: { _id: null, s: { $sum: '$a' } } }],
      [{ _id: null, s: 0 }],
    ],
    [
      '$sum of decimals is exact',
      [{ a: Decimal128.fromString('0.10') }, { a: Decimal128.fromString('0.20') }],
      [{ $group: { _id: null, s: { $sum: '$a' } } }],
      [{ _id: null, s: Decimal128.fromString('0.30') }],
    ],
    [
      '$sum of longs is exact',
      [{ a: Long.fromString('9007199254740993') }, { a: 1 }],
      [{ $group: { _id: null, s: { $sum: '$a' } } }],
      [{ _id: null, s: Long.fromString('9007199254740994') }],
    ],
    [
      '$mergeObjects',
      [{ a: { x: 1 } }, {}, { a: { y: 2 } }],
      [{ $group: { _id: null, m: { $mergeObjects: '$a' } } }],
      [{ _id: null, m: { x: 1, y: 2 } }],
    ],
    [
      '$firstN, $lastN, $minN and $maxN',
      numbers,
      [
        {
          $group: {
            _id: null,
            f: { $firstN: { input: '$a', n: 2 } },
            l: { $lastN: { input: '$a', n: 2 } },
            n: { $minN: { input: '$a', n: 1 } },
            x: { $maxN: { input: '$a', n: 2 } },
          },
        },
      ],
      [{ _id: null, f: [1, 2], l: [2, 3], n: [1], x: [3, 2] }],
    ],
    [
      '$top and $bottomN',
      numbers,
      [
        {
          $group: {
            _id: null,
            t: { $top: { sortBy: { a: -1 }, output: '$a' } },
            b: { $bottomN: { n: 2, sortBy: { a: -1 }, output: ['$a'] } },
          },
        },
      ],
      [{ _id: null, t: 3, b: [[2], [1]] }],
    ],
    [
      'n may depend on the group',
      [
        { k: 1, a: 1 },
        { k: 1, a: 2 },
      ],
      [{ $group: { _id: { k: '$k' }, f: { $firstN: { input: '$a', n: { $add: ['$k', 1] } } } } }],
      [{ _id: { k: 1 }, f: [1, 2] }],
    ],
    [
      '$sortByCount',
      [{ a: 'x' }, { a: 'y' }, { a: 'y' }],
      [{ $sortByCount: '$a' }],
      [
        { _id: 'y', count: 2 },
        { _id: 'x', count: 1 },
      ],
    ],
  ]);

  it('groups strings by the collation', () => {
    expectResult([{ a: 'X' }, { a: 'x' }], [{ $group: { _id: '$a', n: { $sum: 1 } } }], [{ _id: 'X', n: 2 }], {
      collation: { locale: 'en', strength: 2 },
    });
  });
});

describe('$bucketAuto', () => {
  const values = [{ x: 10 }, { x: 2 }, { x: 5 }, { x: 5 }];

  checkAll([
    [
      'divides into groups of about the same size, equal values together',
      values,
      [{ $bucketAuto: { groupBy: '$x', buckets: 2 } }],
      [
        { _id: { min: 2, max: 10 }, count: 3 },
        { _id: { min: 10, max: 10 }, count: 1 },
      ],
    ],
    [
      'gathers what it is asked to',
      values,
      [{ $bucketAuto: { groupBy: '$x', buckets: 1, output: { all: { $push: '$x' } } } }],
      [{ _id: { min: 2, max: 10 }, all: [2, 5, 5, 10] }],
    ],
    ['gives nothing of nothing', [], [{ $bucketAuto: { groupBy: '$x', buckets: 1 } }], []],
  ]);
});
