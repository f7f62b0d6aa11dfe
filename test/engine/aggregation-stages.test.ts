import { Decimal128, Double, Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { bson, typed } from './bson.js';
import { checkAll, compile, expectResult, run } from './pipelines.js';

const numbers = [{ a: 1 }, { a: 2 }, { a: 3 }];

describe('stages that choose', () => {
  checkAll([
    ['$match first and later', numbers, [{ $match: { a: { $gt: 1 } } }, { $match: { a: { $lt: 3 } } }], [{ a: 2 }]],
    ['$skip and $limit', numbers, [{ $skip: 1 }, { $limit: 1 }], [{ a: 2 }]],
    ['$sort', numbers, [{ $sort: { a: -1 } }], [{ a: 3 }, { a: 2 }, { a: 1 }]],
    ['$sort of which only some are wanted', numbers, [{ $sort: { a: -1 } }, { $skip: 1 }, { $limit: 1 }], [{ a: 2 }]],
    ['$count', numbers, [{ $count: 'n' }], [{ n: 3 }]],
    ['$count of nothing', [], [{ $count: 'n' }], []],
    ['$documents', [], [{ $documents: [{ a: 1 }, { a: { $add: [1, 1] } }] }], [{ a: 1 }, { a: 2 }]],
  ]);

  it('$sample takes as many as it is asked to, each once', () => {
    const sampled = run(numbers, [{ $sample: { size: 2 } }]).map(({ a }) => Number(a));

    expect(new Set(sampled).size).toBe(2);
    expect(run(numbers, [{ $sample: { size: 9 } }])).toHaveLength(3);
  });

  it('reads no more than is wanted', () => {
    let read = 0;
    function* source() {
      for (;;) {
        read += 1;
        yield bson({ a: read });
      }
    }

    expect([...compile([{ $addFields: { b: 1 } }, { $limit: 2 }]).run(source())]).toHaveLength(2);
    expect(read).toBe(2);
  });

  it('leaves the first $match and $sort to indexes', () => {
    const pipeline = compile([{ $match: { a: 1 } }, { $sort: { b: 1 } }, { $limit: 1 }]);
    const source = [bson({ a: 1, b: 2 }), bson({ a: 1, b: 1 })];

    expect([pipeline.leadingFilter, pipeline.leadingSort].map(typed)).toEqual(
      [bson({ a: 1 }), bson({ b: 1 })].map(typed),
    );
    expect([...pipeline.run(source)].map(typed)).toEqual([typed(source[1])]);
    expect([...pipeline.run(source, { isSorted: true })].map(typed)).toEqual([typed(source[0])]);
  });
});

describe('stages that change documents', () => {
  checkAll([
    ['$project of fields', [{ _id: 1, a: 1, b: 2 }], [{ $project: { a: 1 } }], [{ _id: 1, a: 1 }]],
    [
      '$project of expressions, which come last',
      [{ _id: 1, a: 1, b: 2 }],
      [{ $project: { c: '$b', a: 1, _id: 0 } }],
      [{ a: 1, c: 2 }],
    ],
    [
      '$project of a field of each document in an array',
      [{ items: [{ k: 1 }, { k: 2 }] }],
      [{ $project: { 'items.z': { $literal: 9 } } }],
      [{ items: [{ z: 9 }, { z: 9 }] }],
    ],
    ['$project without a field', [{ a: { b: 1, c: 2 } }], [{ $project: { 'a.b': 0 } }], [{ a: { c: 2 } }]],
    ['$set, fields in their places', [{ a: 1, b: 2 }], [{ $set: { a: '$b', c: '$a' } }], [{ a: 2, b: 2, c: 1 }]],
    [
      '$set of a field of each document in an array',
      [{ items: [{ k: 1 }, 5] }],
      [{ $set: { 'items.z': 9 } }],
      [{ items: [{ k: 1, z: 9 }, { z: 9 }] }],
    ],
    ['$set in what is no document', [{ a: 1 }], [{ $set: { 'a.b': 2 } }], [{ a: { b: 2 } }]],
    ['$set of nothing takes the field away', [{ a: 1, b: 1 }], [{ $set: { a: '$$REMOVE' } }], [{ b: 1 }]],
    [
      '$addFields written in documents',
      [{ a: { x: 1 } }],
      [{ $addFields: { a: { y: '$a.x' } } }],
      [{ a: { x: 1, y: 1 } }],
    ],
    ['$unset', [{ a: 1, b: { c: 1, d: 1 } }], [{ $unset: ['a', 'b.c'] }], [{ b: { d: 1 } }]],
    ['$replaceRoot', [{ a: { b: 1 } }], [{ $replaceRoot: { newRoot: '$a' } }], [{ b: 1 }]],
    ['$replaceWith', [{ a: 1 }], [{ $replaceWith: { x: '$a' } }], [{ x: 1 }]],
    [
      'types of numbers stay',
      [{ a: new Double(2), b: Long.fromNumber(5) }],
      [{ $project: { a: 1, b: 1, t: { $type: '$a' } } }],
      [{ a: new Double(2), b: Long.fromNumber(5), t: 'double' }],
    ],
  ]);
});

describe('$unwind', () => {
  const documents = [{ a: ['x', 'y'] }, { a: [] }, { a: null }, { b: 1 }, { a: '' }, { a: {} }];

  checkAll([
    [
      'gives one document for each element, and keeps what is no array',
      documents,
      [{ $unwind: '$a' }],
      [{ a: 'x' }, { a: 'y' }, { a: '' }, { a: {} }],
    ],
    [
      'keeps what has no elements where it is asked to',
      documents,
      [{ $unwind: { path: '$a', preserveNullAndEmptyArrays: true } }],
      [{ a: 'x' }, { a: 'y' }, {}, { a: null }, { b: 1 }, { a: '' }, { a: {} }],
    ],
    [
      'tells the place of each',
      [{ a: ['x'] }, { a: 5 }],
      [{ $unwind: { path: '$a', includeArrayIndex: 'at.i' } }],
      [
        { a: 'x', at: { i: Long.fromNumber(0) } },
        { a: 5, at: { i: null } },
      ],
    ],
    [
      'goes into documents',
      [{ a: { b: [1, 2], c: 3 } }],
      [{ $unwind: '$a.b' }],
      [{ a: { b: 1, c: 3 } }, { a: { b: 2, c: 3 } }],
    ],
    [
      'makes no document on the way',
      [{ c: 1 }],
      [{ $unwind: { path: '$a.b', preserveNullAndEmptyArrays: true } }],
      [{ c: 1 }],
    ],
  ]);
});

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

describe('a pipeline is refused before a document is read', () => {
  it.each<[string, object[], number]>([
    ['with a stage that is not known', [{ $foo: 1 }], 40324],
    ['with $setWindowFields', [{ $setWindowFields: {} }], 40324],
    ['with $bucket', [{ $bucket: {} }], 40324],
    [
      'with $bucketAuto by a series of numbers',
      [{ $bucketAuto: { groupBy: '$a', buckets: 1, granularity: 'R5' } }],
      40245,
    ],
    ['with $geoNear', [{ $geoNear: {} }], 40324],
    ['with two stages in one', [{ $match: {}, $limit: 1 }], 40323],
    ['with an expression that is not known', [{ $project: { a: { $foo: 1 } } }], 168],
    ['with an accumulator that is not known', [{ $group: { _id: 1, a: { $foo: 1 } } }], 15952],
    ['with a $group without _id', [{ $group: {} }], 15955],
    ['with a field of $group that is no accumulator', [{ $group: { _id: 1, a: 1 } }], 40234],
    ['with an empty $project', [{ $project: {} }], 51272],
    ['with a $limit of zero', [{ $limit: 0 }], 15958],
    ['with a negative $skip', [{ $skip: -1 }], 2107200],
    ['with a $count of no name', [{ $count: '' }], 40156],
    ['with an $unwind of no path', [{ $unwind: 'a' }], 28818],
    ['with $out before the end', [{ $out: 'x' }, { $match: {} }], 40601],
    ['with $out in a $facet', [{ $facet: { a: [{ $out: 'x' }] } }], 40600],
    ['with a stage in a $facet that is not known', [{ $facet: { a: [{ $foo: 1 }] } }], 40324],
    [
      'with a stage in a $lookup that is not known',
      [{ $lookup: { from: 'c', as: 'x', pipeline: [{ $foo: 1 }] } }],
      40324,
    ],
    ['with a $lookup without as', [{ $lookup: { from: 'c', localField: 'a', foreignField: 'a' } }], 9],
    ['with $documents later', [{ $match: {} }, { $documents: [] }], 40602],
    ['with a wrong filter in a later $match', [{ $limit: 1 }, { $match: { a: { $foo: 1 } } }], 2],
    ['with $where in $match', [{ $match: { $where: '1' } }], 238],
  ])('%s', (_, stages, code) => {
    expect(() => compile(stages)).toThrow(expect.objectContaining({ code }));
  });
});
