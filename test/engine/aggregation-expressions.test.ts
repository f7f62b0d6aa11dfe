import { Decimal128, Double, Long, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { NOW } from './bson.js';
import { MISSING, evaluate, expectRefused, expectValue } from './expressions.js';

const decimal = (text: string) => Decimal128.fromString(text);
const long = (text: string) => Long.fromString(text);
const double = (number: number) => new Double(number);

const evaluateNumber = (expression: unknown) => (evaluate(expression) as { $numberDouble: string }).$numberDouble;

type Row = [title: string, expression: unknown, expected: unknown, document?: object];
type Refusal = [title: string, expression: unknown, code: number, document?: object];

const check = (rows: Row[]) =>
  it.each(rows)('%s', (_, expression, expected, document) => {
    expectValue(expression, expected, document);
  });

const refuse = (rows: Refusal[]) =>
  it.each(rows)('refuses %s', (_, expression, code, document) => {
    expectRefused(expression, code, document);
  });

describe('paths and variables', () => {
  check([
    ['a field', '$a', 1, { a: 1 }],
    ['a missing field is no value', '$a', MISSING],
    ['a field of a document', '$a.b', 1, { a: { b: 1 } }],
    ['a field of the documents in an array', '$a.b', [1, 2], { a: [{ b: 1 }, { c: 5 }, 7, { b: 2 }] }],
    ['a number in a path is a field and no place', '$a.0', [], { a: [1, 2] }],
    ['missing values in a list are null', ['$a', '$b'], [1, null], { a: 1 }],
    ['missing values in a document are left out', { x: '$a', y: '$b' }, { x: 1 }, { a: 1 }],
    ['the whole document', '$$ROOT.a', 1, { a: 1 }],
    ['nothing', '$$REMOVE', MISSING],
    ['the time of the command', '$$NOW', NOW],
    ['a text by $literal', { $literal: '$a' }, '$a'],
    ['variables of $let', { $let: { vars: { x: '$a', y: 2 }, in: { $add: ['$$x', '$$y'] } } }, 3, { a: 1 }],
    [
      'variables of $let see those outside',
      { $let: { vars: { x: 1 }, in: { $let: { vars: { x: 2, y: '$$x' }, in: ['$$x', '$$y'] } } } },
      [2, 1],
    ],
  ]);
  refuse([
    ['an operator that is not known', { $foo: 1 }, 168],
    ['two operators in one', { $add: [1], $subtract: [2, 1] }, 15983],
    ['a variable that nobody bound', '$$x', 17276],
    ['a bare dollar sign', '$', 16872],
    ['a path that ends with a dot', '$a.', 40353],
    ['a path with an empty part', '$a..b', 15998],
    ['a variable that begins with a capital', { $let: { vars: { X: 1 }, in: 1 } }, 9],
    ['$where and all that runs code', { $function: { body: 'x', args: [], lang: 'js' } }, 168],
  ]);
});

describe('one argument, in brackets or not', () => {
  check([
    ['$size', { $size: ['$a'] }, 2, { a: [1, 2] }],
    ['$last', { $last: ['$a'] }, 2, { a: [1, 2] }],
    ['$first', { $first: '$a' }, 1, { a: [1, 2] }],
    ['$year', { $year: ['$d'] }, 2024, { d: new Date('2024-05-06') }],
    ['$abs', { $abs: ['$n'] }, 3, { n: -3 }],
    ['$not', { $not: ['$n'] }, true, { n: 0 }],
    ['$add', { $add: '$n' }, 3, { n: 3 }],
    ['$round', { $round: '$n' }, double(2), { n: double(2.5) }],
    ['$toUpper', { $toUpper: ['$s'] }, 'AB', { s: 'ab' }],
    ['$concat', { $concat: '$s' }, 'ab', { s: 'ab' }],
    ['$isArray of an array written out', { $isArray: [[1]] }, true],
  ]);
  refuse([
    ['two arguments of $size', { $size: ['$a', '$b'] }, 16020],
    ['one argument of $eq', { $eq: ['$a'] }, 16020],
  ]);
});

describe('comparison and conditions', () => {
  check([
    ['numbers by value', { $eq: ['$a', long('1')] }, true, { a: double(1) }],
    ['types by their order, unlike filters', { $lt: ['$a', 'x'] }, true, { a: 5 }],
    ['an array is no element of itself', { $eq: ['$a', 1] }, false, { a: [1] }],
    ['missing is not null', { $eq: ['$a', null] }, false],
    ['missing is less than null', { $cmp: ['$a', null] }, -1],
    ['decimals exactly', { $gt: [decimal('1.00000000000000000001'), 1] }, true],
    ['$and of nothing', { $and: [] }, true],
    ['$or of nothing', { $or: [] }, false],
    ['$and of values', { $and: [1, 'x', []] }, true],
    ['$not of null', { $not: [null] }, true],
    ['NaN is true', { $and: [Number.NaN] }, true],
    ['$cond in three', { $cond: ['$a', 'yes', 'no'] }, 'no', { a: 0 }],
    ['$cond by name', { $cond: { if: { $gte: ['$a', 1] }, then: '$a', else: 0 } }, 1, { a: 1 }],
    ['$cond to nothing', { $cond: [true, '$missing', 1] }, MISSING],
    ['$ifNull to the first that is there', { $ifNull: ['$a', '$b', 3] }, 2, { a: null, b: 2 }],
    ['$ifNull to the last in any case', { $ifNull: ['$a', '$b'] }, MISSING],
    [
      '$switch',
      {
        $switch: {
          branches: [
            { case: false, then: 1 },
            { case: '$a', then: 2 },
          ],
          default: 3,
        },
      },
      2,
      { a: 1 },
    ],
    ['$switch to its default', { $switch: { branches: [{ case: false, then: 1 }], default: 3 } }, 3],
    ['$in', { $in: [2, '$a'] }, true, { a: [1, 2] }],
  ]);
  refuse([
    ['$switch without a match', { $switch: { branches: [{ case: false, then: 1 }] } }, 40066],
    ['$cond without else', { $cond: { if: 1, then: 1 } }, 17082],
    ['$in of no array', { $in: [1, '$a'] }, 40081],
    ['$ifNull of one', { $ifNull: ['$a'] }, 1257300],
  ]);
});

describe('arithmetic', () => {
  check([
    ['$add of ints', { $add: [1, 2] }, 3],
    ['$add with null', { $add: [1, null] }, null],
    ['$add with a missing field', { $add: [1, '$a'] }, null],
    ['$add of nothing', { $add: [] }, 0],
    ['$add of ints that pass an int on the way', { $add: [2_147_483_647, 1, -1] }, 2_147_483_647],
    ['$multiply of ints that pass an int on the way', { $multiply: [65_536, 65_536, 0] }, 0],
    ['$add of milliseconds to a date', { $add: ['$d', 1000] }, new Date(1000), { d: new Date(0) }],
    ['$add of decimals', { $add: [decimal('0.10'), decimal('0.20')] }, decimal('0.30')],
    ['$add of longs beyond 2^53', { $add: [long('9007199254740993'), 1] }, long('9007199254740994')],
    ['$subtract of dates', { $subtract: [new Date(5), new Date(2)] }, long('3')],
    ['$subtract of milliseconds', { $subtract: [new Date(5), 2] }, new Date(3)],
    ['$multiply', { $multiply: [2, 3.5] }, double(7)],
    ['$divide', { $divide: [6, 4] }, double(1.5)],
    ['$divide that is exact', { $divide: [6, 3] }, double(2)],
    ['$mod', { $mod: [-7, 3] }, -1],
    ['$mod of an int by a double that is an integer', { $mod: [7, double(4)] }, 3],
    ['$mod of a double', { $mod: [5.5, 2] }, double(1.5)],
    ['$mod of missing', { $mod: ['$a', 3] }, null],
    ['$abs of a long', { $abs: long('-5') }, long('5')],
    ['$abs of the least int', { $abs: -2_147_483_648 }, long('2147483648')],
    ['$ceil', { $ceil: 1.2 }, double(2)],
    ['$floor of a negative', { $floor: -1.2 }, double(-2)],
    ['$floor of a decimal', { $floor: decimal('-1.2') }, decimal('-2')],
    ['$floor of an int', { $floor: 3 }, 3],
    ['$round half to even', { $round: 2.5 }, double(2)],
    ['$round to a place', { $round: [1.2345, 2] }, double(1.23)],
    ['$round before the point', { $round: [1250, -2] }, 1200],
    ['$round of a decimal', { $round: [decimal('1.255'), 2] }, decimal('1.26')],
    ['$trunc', { $trunc: -1.9 }, double(-1)],
    ['$trunc to a place', { $trunc: [1.29, 1] }, double(1.2)],
    ['$pow of ints', { $pow: [2, 10] }, 1024],
    ['$pow beyond an int', { $pow: [2, 40] }, long('1099511627776')],
    ['$pow below one', { $pow: [2, -1] }, double(0.5)],
    ['$sqrt', { $sqrt: 9 }, double(3)],
    ['$exp', { $exp: 0 }, double(1)],
    ['$ln', { $ln: 1 }, double(0)],
    ['$log', { $log: [8, 2] }, double(Math.log(8) / Math.log(2))],
    ['$log10 of null', { $log10: null }, null],
  ]);
  refuse([
    ['$add of a string', { $add: ['x', 1] }, 14],
    ['$add of two dates', { $add: [new Date(0), new Date(0)] }, 16612],
    ['$divide by zero', { $divide: [1, 0] }, 2],
    ['$mod by zero', { $mod: [1, 0] }, 16610],
    ['$sqrt of a negative number', { $sqrt: -1 }, 28714],
    ['$abs of a string', { $abs: 'x' }, 28765],
    ['$pow of zero to a negative', { $pow: [0, -1] }, 28764],
    ['$ln of zero', { $ln: 0 }, 28766],
  ]);
});

it('$rand is a number from 0 up to 1, another each time', () => {
  const numbers = Array.from({ length: 20 }, () => Number(evaluateNumber({ $rand: {} })));

  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(numbers).size).toBeGreaterThan(1);
  expectRefused({ $rand: 5 }, 3040501);
});

describe('sums and their like, of lists', () => {
  check([
    ['$sum of the fields in an array', { $sum: '$items.k' }, 3, { items: [{ k: 1 }, { k: 2 }] }],
    ['$sum of nothing', { $sum: '$items.k' }, 0],
    ['$sum of what is no number', { $sum: ['x', null, 2] }, 2],
    ['$sum of several arguments, arrays not taken apart', { $sum: ['$a', 5] }, 5, { a: [1] }],
    ['$avg', { $avg: [[1, 2]] }, double(1.5)],
    ['$avg of nothing', { $avg: '$items.k' }, null],
    ['$min', { $min: [3, null, 1] }, 1],
    ['$max of mixed types', { $max: [3, 'a'] }, 'a'],
    ['$max of nothing', { $max: '$items.k' }, null],
    ['$stdDevPop', { $stdDevPop: [[1, 3]] }, double(1)],
    ['$stdDevPop of nothing', { $stdDevPop: [[]] }, null],
    ['$stdDevSamp of one', { $stdDevSamp: [[1]] }, null],
  ]);
});

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

describe('strings', () => {
  check([
    ['$concat', { $concat: ['a', '$s'] }, 'ab', { s: 'b' }],
    ['$concat with missing', { $concat: ['a', '$s'] }, null],
    ['$toUpper of missing', { $toUpper: '$s' }, ''],
    ['$toLower', { $toLower: 'ÄB' }, 'Äb'],
    ['$substrBytes', { $substrBytes: ['hello', 1, 3] }, 'ell'],
    ['$substrCP of two-unit characters', { $substrCP: ['🍅🍅ab', 1, 2] }, '🍅a'],
    ['$substr to the end', { $substr: ['hello', 2, -1] }, 'llo'],
    ['$strLenBytes', { $strLenBytes: '한🍅' }, 7],
    ['$strLenCP', { $strLenCP: '한🍅' }, 2],
    ['$split', { $split: ['a,b', ','] }, ['a', 'b']],
    ['$trim', { $trim: { input: ' \n a ' } }, 'a'],
    ['$ltrim of characters', { $ltrim: { input: 'xxyax', chars: 'yx' } }, 'ax'],
    ['$indexOfCP', { $indexOfCP: ['🍅ab', 'b'] }, 2],
    ['$indexOfBytes', { $indexOfBytes: ['🍅ab', 'b'] }, 5],
    ['$indexOfCP of missing', { $indexOfCP: ['$s', 'b'] }, null],
    ['$indexOfCP from beyond', { $indexOfCP: ['ab', 'a', 5] }, -1],
    ['$replaceOne', { $replaceOne: { input: 'aXbX', find: 'X', replacement: { $literal: '$&' } } }, 'a$&bX'],
    ['$replaceAll', { $replaceAll: { input: 'aXbX', find: 'X', replacement: '-' } }, 'a-b-'],
    ['$strcasecmp', { $strcasecmp: ['aB', 'Ab'] }, 0],
  ]);
  refuse([
    ['$concat of a number', { $concat: ['a', 1] }, 16702],
    ['$substrBytes that cuts a character', { $substrBytes: ['한', 1, 1] }, 28656],
    ['$strLenCP of missing', { $strLenCP: '$s' }, 34471],
    ['$split by nothing', { $split: ['a', ''] }, 40087],
  ]);
});

describe('patterns', () => {
  check([
    ['$regexMatch', { $regexMatch: { input: 'Abc', regex: '^a', options: 'i' } }, true],
    ['$regexMatch of missing', { $regexMatch: { input: '$s', regex: 'a' } }, false],
    [
      '$regexFind',
      { $regexFind: { input: '🍅 a1', regex: /([a-z])(\d)?(x)?/ } },
      { match: 'a1', idx: 2, captures: ['a', '1', null] },
    ],
    ['$regexFind of nothing', { $regexFind: { input: 'a', regex: 'b' } }, null],
    [
      '$regexFindAll',
      { $regexFindAll: { input: 'a1b2', regex: String.raw`\d` } },
      [
        { match: '1', idx: 1, captures: [] },
        { match: '2', idx: 3, captures: [] },
      ],
    ],
    [
      '$regexFindAll of empty matches ends',
      { $regexFindAll: { input: '', regex: '^$' } },
      [{ match: '', idx: 0, captures: [] }],
    ],
    ['$regexFindAll of many empty matches ends', { $size: [{ $regexFindAll: { input: 'abc', regex: '' } }] }, 4],
  ]);
  refuse([
    ['a broken pattern', { $regexMatch: { input: 'a', regex: '(' } }, 51111],
    ['a number as input', { $regexMatch: { input: 1, regex: 'a' } }, 51104],
    ['options twice', { $regexMatch: { input: 'a', regex: /a/i, options: 'm' } }, 51107],
  ]);
});

describe('conversions', () => {
  const id = new ObjectId('65a000000000000000000001');
  check([
    ['a string to an int', { $toInt: '-12' }, -12],
    ['a double to an int, cut', { $toInt: -1.9 }, -1],
    ['a string to a long', { $toLong: '9007199254740993' }, long('9007199254740993')],
    ['a date to a long', { $toLong: new Date(5) }, long('5')],
    ['a string to a double', { $toDouble: '-5.5e2' }, double(-550)],
    ['a string to a decimal', { $toDecimal: '1.00000000000000000001' }, decimal('1.00000000000000000001')],
    ['a double to a decimal of 15 digits', { $toDecimal: 0.1 }, decimal('0.100000000000000')],
    ['an int to a decimal', { $toDecimal: 3 }, decimal('3')],
    ['a bool to an int', { $toInt: true }, 1],
    ['an ObjectId to a string', { $toString: id }, '65a000000000000000000001'],
    ['a string to an ObjectId', { $toObjectId: '65a000000000000000000001' }, id],
    ['an ObjectId to its date', { $toDate: id }, id.getTimestamp()],
    ['a double to a string', { $toString: 2.5 }, '2.5'],
    ['a large double to a string', { $toString: 1e21 }, '1e+21'],
    ['a small double to a string', { $toString: [0.00001] }, '1e-05'],
    ['a whole double to a string', { $toString: double(2) }, '2'],
    ['a date to a string', { $toString: new Date(0) }, '1970-01-01T00:00:00.000Z'],
    ['a string to a date', { $toDate: '2018-03-03T10:00:00+02:00' }, new Date('2018-03-03T08:00:00Z')],
    ['a day to a date', { $toDate: '2018-03-03' }, new Date('2018-03-03T00:00:00Z')],
    ['any string to true', { $toBool: 'false' }, true],
    ['zero to false', { $toBool: decimal('0.00') }, false],
    ['null stays null', { $toInt: null }, null],
    ['missing becomes null', { $toString: '$a' }, null],
    ['onNull', { $convert: { input: '$a', to: 'int', onNull: 7 } }, 7],
    ['onError', { $convert: { input: 'x', to: 'int', onError: 'no' } }, 'no'],
    ['a type by its number', { $convert: { input: '5', to: 16 } }, 5],
  ]);
  refuse([
    ['a fraction in a string to an int', { $toInt: '1.5' }, 241],
    ['a string that is no number', { $toDouble: '12x' }, 241],
    ['a number too large for an int', { $toInt: 3e9 }, 241],
    ['NaN to a long', { $toLong: Number.NaN }, 241],
    ['an int to a date', { $toDate: 5 }, 241],
    ['a string that is no date', { $toDate: 'tomorrow' }, 241],
    ['a day that there is not', { $toDate: '2023-02-30' }, 241],
    ['a string that is no ObjectId', { $toObjectId: 'x' }, 241],
    ['an array to a string', { $toString: [[1]] }, 241],
    ['a document to a bool', { $toBool: { a: 1 } }, 241],
    ['a type that there is not', { $convert: { input: 1, to: 'text' } }, 2],
    ['conversion without a type', { $convert: { input: 1 } }, 9],
  ]);
});

it('takes less than a moment for a pattern of many empty matches', () => {
  expect(evaluate({ $size: [{ $regexFindAll: { input: 'x'.repeat(10_000), regex: 'y*' } }] })).toEqual({
    $numberInt: '10001',
  });
});
