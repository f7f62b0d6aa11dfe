import { ObjectId } from 'bson';
import { describe } from 'vitest';
import { decimal, double, long } from './bson.js';
import { check, refuse } from './expressions.js';

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
