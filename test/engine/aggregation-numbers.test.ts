import { describe, expect, it } from 'vitest';
import { decimal, double, long } from './bson.js';
import { check, evaluate, expectRefused, refuse } from './expressions.js';

const evaluateNumber = (expression: unknown) => (evaluate(expression) as { $numberDouble: string }).$numberDouble;

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
