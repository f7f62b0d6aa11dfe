import { describe } from 'vitest';
import { NOW, decimal, double, long } from './bson.js';
import { MISSING, check, refuse } from './expressions.js';

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
