import { describe } from 'vitest';
import { decimal, double, long } from './bson.js';
import { MISSING, check, refuse } from './expressions.js';

describe('arrays', () => {
  check([
    ['$arrayElemAt', { $arrayElemAt: ['$a', 1] }, 2, { a: [1, 2] }],
    ['$arrayElemAt from the end', { $arrayElemAt: ['$a', -1] }, 2, { a: [1, 2] }],
    ['$arrayElemAt beyond the end', { $arrayElemAt: ['$a', 5] }, MISSING, { a: [1, 2] }],
    ['$last of an empty array', { $last: '$a' }, MISSING, { a: [] }],
    ['$first of missing', { $first: '$a' }, null],
    ['$slice of the first', { $slice: ['$a', 2] }, [1, 2], { a: [1, 2, 3] }],
    ['$slice of the last', { $slice: ['$a', -2] }, [2, 3], { a: [1, 2, 3] }],
    ['$slice from a place', { $slice: ['$a', 1, 1] }, [2], { a: [1, 2, 3] }],
    ['$slice of missing', { $slice: ['$a', 1] }, null],
    ['$concatArrays', { $concatArrays: [[1], '$a'] }, [1, 2], { a: [2] }],
    ['$concatArrays with null', { $concatArrays: [[1], '$a'] }, null],
    ['$reverseArray', { $reverseArray: [[1, 2]] }, [2, 1]],
    ['$indexOfArray', { $indexOfArray: [[1, 2, 1], 1, 1] }, 2],
    ['$indexOfArray of what is not there', { $indexOfArray: [[1], 5] }, -1],
    ['$range', { $range: [0, 10, 4] }, [0, 4, 8]],
    ['$range downwards', { $range: [3, 0, -1] }, [3, 2, 1]],
    ['$zip', { $zip: { inputs: [[1, 2], ['a']] } }, [[1, 'a']]],
    [
      '$zip to the longest',
      { $zip: { inputs: [[1, 2], ['a']], useLongestLength: true, defaults: [0, 'z'] } },
      [
        [1, 'a'],
        [2, 'z'],
      ],
    ],
    ['$map', { $map: { input: '$a', as: 'x', in: { $multiply: ['$$x', 2] } } }, [2, 4], { a: [1, 2] }],
    ['$map to nothing gives null', { $map: { input: [1], in: '$$this.b' } }, [null]],
    ['$map of missing', { $map: { input: '$a', in: 1 } }, null],
    ['$filter', { $filter: { input: '$a', cond: { $gt: ['$$this', 1] }, limit: 1 } }, [2], { a: [1, 2, 3] }],
    [
      '$reduce',
      { $reduce: { input: '$a', initialValue: '', in: { $concat: ['$$value', '$$this'] } } },
      'xy',
      { a: ['x', 'y'] },
    ],
    ['$sortArray of values', { $sortArray: { input: '$a', sortBy: -1 } }, [3, 2, 1], { a: [1, 3, 2] }],
    [
      '$sortArray by a field',
      { $sortArray: { input: '$a', sortBy: { x: 1 } } },
      [{ y: 1 }, { x: 1 }],
      { a: [{ x: 1 }, { y: 1 }] },
    ],
    ['$firstN', { $firstN: { n: 2, input: [1, 2, 3] } }, [1, 2]],
    ['$lastN of more than 32 bits count', { $lastN: { n: 2 ** 32, input: [1, 2, 3] } }, [1, 2, 3]],
    ['$maxN', { $maxN: { n: 2, input: [1, null, 3, 2] } }, [3, 2]],
  ]);
  refuse([
    ['$size of missing', { $size: '$a' }, 17124],
    ['$arrayElemAt of no array', { $arrayElemAt: ['x', 0] }, 28689],
    ['$concatArrays of no array', { $concatArrays: ['x'] }, 28664],
    ['$range by zero', { $range: [0, 1, 0] }, 34449],
    ['a $range that would fill the memory', { $range: [0, 2_000_000_000] }, 146],
    ['$map of no array', { $map: { input: 'x', in: 1 } }, 16883],
    ['$filter of no array', { $filter: { input: 'x', cond: 1 } }, 28651],
    ['$filter without a condition', { $filter: { input: [] } }, 28650],
    ['$map without an expression', { $map: { input: [] } }, 16882],
    ['$let without an expression', { $let: { vars: {} } }, 16877],
    ['$reduce without a value to begin with', { $reduce: { input: [], in: 1 } }, 40078],
    ['$reduce without an expression', { $reduce: { input: [], initialValue: 1 } }, 40079],
    ['$arrayElemAt of a place beyond 32 bits', { $arrayElemAt: [[1], 2 ** 32] }, 28691],
    ['$slice of a number beyond 32 bits', { $slice: [[1], -(2 ** 31) - 1] }, 28726],
    ['$slice of a length beyond 32 bits', { $slice: [[1], 0, 2 ** 31] }, 28728],
    ['$reduce of no array', { $reduce: { input: 'x', initialValue: 0, in: 1 } }, 40080],
  ]);
});

describe('sets', () => {
  check([
    [
      '$setUnion',
      {
        $setUnion: [
          [1, 2],
          [double(2), 3],
        ],
      },
      [1, 2, 3],
    ],
    ['$setUnion with missing', { $setUnion: [[1], '$a'] }, null],
    [
      '$setIntersection',
      {
        $setIntersection: [
          [1, 2],
          [2, 3],
        ],
      },
      [2],
    ],
    ['$setDifference', { $setDifference: [[1, 2, 1], [2]] }, [1]],
    [
      '$setEquals',
      {
        $setEquals: [
          [1, 2, 2],
          [2, 1],
        ],
      },
      true,
    ],
    ['$setIsSubset', { $setIsSubset: [[1], [2, 1]] }, true],
    ['$anyElementTrue', { $anyElementTrue: [[0, 1]] }, true],
    ['$allElementsTrue of nothing', { $allElementsTrue: [[]] }, true],
  ]);
  refuse([
    ['$setUnion of no array', { $setUnion: [[1], 2] }, 17043],
    ['$setEquals of missing', { $setEquals: [[1], '$a'] }, 17044],
  ]);
});

describe('objects', () => {
  check([
    ['$mergeObjects', { $mergeObjects: ['$a', null, { y: 2 }] }, { x: 1, y: 2 }, { a: { x: 1, y: 1 } }],
    ['$objectToArray', { $objectToArray: '$a' }, [{ k: 'x', v: 1 }], { a: { x: 1 } }],
    [
      '$arrayToObject of pairs',
      {
        $arrayToObject: [
          [
            ['x', 1],
            ['y', 2],
          ],
        ],
      },
      { x: 1, y: 2 },
    ],
    ['$arrayToObject of documents', { $arrayToObject: [[{ k: 'x', v: 1 }]] }, { x: 1 }],
    ['$getField of a name with a dot', { $getField: 'a.b' }, MISSING, { a: { b: 1 } }],
    ['$getField of a document', { $getField: { field: 'x', input: '$a' } }, 1, { a: { x: 1 } }],
    ['$setField', { $setField: { field: 'a.b', input: '$$ROOT', value: 1 } }, { x: 1, 'a.b': 1 }, { x: 1 }],
    ['$unsetField', { $unsetField: { field: 'x', input: '$a' } }, { y: 1 }, { a: { x: 1, y: 1 } }],
    [
      '$type',
      [{ $type: '$a' }, { $type: '$b' }, { $type: 1.0 }, { $type: '$l' }, { $type: [[]] }],
      ['double', 'missing', 'int', 'long', 'array'],
      { a: double(2), l: long('1') },
    ],
    ['$isNumber', { $isNumber: '$a' }, true, { a: decimal('1') }],
    ['$bsonSize', { $bsonSize: '$a' }, 5, { a: {} }],
    ['$bsonSize of every type', { $bsonSize: '$a' }, 45, { a: { s: 'abc', i: 1, a: [1, 2] } }],
  ]);
  refuse([
    ['$mergeObjects of a scalar', { $mergeObjects: [1] }, 40400],
    ['$arrayToObject of wrong pairs', { $arrayToObject: [[['x']]] }, 40397],
    ['$objectToArray of an array', { $objectToArray: [[1]] }, 40390],
  ]);
});
