import { Double, Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { bson, typed } from './bson.js';
import { checkAll, compile, run } from './pipelines.js';

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
