import { Binary, BSONRegExp, DBRef, Double, Long, MaxKey, MinKey, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { compileFilter } from '../../src/infra/engine/query/filter.js';
import { bson, decimal, env } from './bson.js';

const ID = new ObjectId('65a000000000000000000001');

const matches = (filter: object, document: object, options?: Parameters<typeof env>[0]): boolean =>
  compileFilter(bson(filter), env(options))(bson(document));

describe('a filter finds', () => {
  it.each<[string, object, object]>([
    ['an equal value', { a: 1 }, { a: 1 }],
    ['a number of another type that is equal', { a: 1 }, { a: new Double(1) }],
    ['a value in an array', { a: 1 }, { a: [2, 1] }],
    ['a whole array', { a: [1, 2] }, { a: [1, 2] }],
    ['an array in an array', { a: [1, 2] }, { a: [[1, 2]] }],
    ['a field of a document in an array', { 'a.b': 1 }, { a: [{ b: 2 }, { b: 1 }] }],
    ['an element by its number', { 'a.1': 5 }, { a: [4, 5] }],
    ['a field of the element with that number', { 'a.1.b': 5 }, { a: [{ b: 4 }, { b: 5 }] }],
    ['a field named by a number', { 'a.1': 5 }, { a: { 1: 5 } }],
    ['a missing field by null', { a: null }, { b: 1 }],
    ['a field that is missing in one element by null', { 'a.b': null }, { a: [{ b: 1 }, {}] }],
    ['a whole document, fields in order', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 2 } }],
    ['by a regular expression', { a: /^x/i }, { a: ['Xy'] }],
    ['a stored regular expression by itself', { a: /x/ }, { a: /x/ }],
    ['by several operators on different elements', { a: { $gt: 5, $lt: 3 } }, { a: [1, 9] }],
    ['missing by $gte null', { a: { $gte: null } }, {}],
    ['NaN by NaN', { a: Number.NaN }, { a: Number.NaN }],
    ['NaN by $gte NaN', { a: { $gte: Number.NaN } }, { a: Number.NaN }],
    ['every type above MinKey', { a: { $gt: new MinKey() } }, { a: 'x' }],
    ['a missing field below MaxKey', { a: { $lt: new MaxKey() } }, {}],
    ['by $in, also through a regular expression', { a: { $in: [1, /^b/] } }, { a: 'bc' }],
    ['missing by $in with null', { a: { $in: [null] } }, {}],
    ['by $nin what is missing', { a: { $nin: [1] } }, {}],
    ['by $ne what is missing', { a: { $ne: 1 } }, {}],
    ['by $exists a field that is null', { a: { $exists: true } }, { a: null }],
    ['by $exists a field that is not there', { a: { $exists: 0 } }, { b: 1 }],
    ['by $type an element', { a: { $type: 'string' } }, { a: [1, 'x'] }],
    ['by $type an array as such', { a: { $type: 'array' } }, { a: [] }],
    ['by $type any number', { a: { $type: 'number' } }, { a: decimal('1') }],
    ['by $type a number', { a: { $type: [18] } }, { a: Long.fromNumber(1) }],
    ['by $mod of a fraction, cut', { a: { $mod: [4, 1] } }, { a: 5.9 }],
    ['by $mod of a negative number', { a: { $mod: [4, -1] } }, { a: -5 }],
    ['by $size', { a: { $size: 2 } }, { a: [1, 2] }],
    ['by $all in any order', { a: { $all: [2, 1] } }, { a: [1, 2, 3] }],
    ['by $all of one value that is no array', { a: { $all: [1] } }, { a: 1 }],
    [
      'by $all with $elemMatch',
      { a: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { x: 2 } }] } },
      { a: [{ x: 1 }, { x: 2 }] },
    ],
    [
      'by $elemMatch one element that satisfies all',
      { a: { $elemMatch: { x: 1, y: 2 } } },
      { a: [{ x: 1 }, { x: 1, y: 2 }] },
    ],
    ['by $elemMatch of values', { a: { $elemMatch: { $gt: 1, $lt: 3 } } }, { a: [9, 2] }],
    ['by $not what is missing', { a: { $not: { $gt: 5 } } }, {}],
    ['by $not of a regular expression', { a: { $not: /x/ } }, { a: 'y' }],
    ['by $or', { $or: [{ a: 1 }, { b: 2 }] }, { b: 2 }],
    ['by $nor', { $nor: [{ a: 1 }, { b: 2 }] }, { b: 3 }],
    ['by $and', { $and: [{ a: { $gt: 1 } }, { a: { $lt: 3 } }] }, { a: 2 }],
    ['by $expr', { $expr: { $gt: ['$a', '$b'] } }, { a: 2, b: 1 }],
    ['by $regex and $options', { a: { $regex: '^X$', $options: 'im' } }, { a: 'a\nx' }],
    ['by a regular expression with comments', { a: { $regex: 'a b # c', $options: 'x' } }, { a: 'ab' }],
    ['by $bitsAllSet of positions', { a: { $bitsAllSet: [0, 2] } }, { a: 5 }],
    ['by $bitsAnyClear of a negative number', { a: { $bitsAllSet: [63, 62] } }, { a: -1 }],
    ['by $bitsAllSet in binary data', { a: { $bitsAllSet: [9] } }, { a: new Binary(Buffer.from([0, 2])) }],
    ['by $elemMatch an array that has so many elements', { a: { $elemMatch: { $size: 2 } } }, { a: [1, [1, 2]] }],
    ['by $elemMatch in an array in an array', { a: { $elemMatch: { $elemMatch: { $gt: 2 } } } }, { a: [[1], [3]] }],
    ['by $elemMatch what no element of an array is', { a: { $elemMatch: { $not: { $size: 1 } } } }, { a: [[1, 2]] }],
    ['by $elemMatch an array that comes later', { a: { $elemMatch: { $gt: [1] } } }, { a: [[2]] }],
    ['by $elemMatch the fields of a DBRef', { a: { $elemMatch: { $id: ID } } }, { a: [new DBRef('c', ID)] }],
    ['the fields of a DBRef', { 'a.$id': 5 }, { a: { $ref: 'c', $id: 5 } }],
    ['with a $comment', { a: 1, $comment: 'x' }, { a: 1 }],
    ['an ObjectId', { a: new ObjectId('65a000000000000000000001') }, { a: new ObjectId('65a000000000000000000001') }],
    ['a field that JavaScript has on every object', { constructor: null, toString: { $exists: false } }, {}],
  ])('%s', (_, filter, document) => {
    expect(matches(filter, document)).toBe(true);
  });
});

describe('a filter does not find', () => {
  it.each<[string, object, object]>([
    ['a decimal that differs in the 21st digit', { n: decimal('1') }, { n: decimal('1.00000000000000000001') }],
    [
      'a long that differs beyond 2^53',
      { n: Long.fromString('9007199254740993') },
      { n: new Double(9_007_199_254_740_992) },
    ],
    ['a value of another type in a range', { a: { $gt: 1 } }, { a: 'x' }],
    ['a date by a number', { a: { $gt: 0 } }, { a: new Date(5) }],
    ['NaN in a range', { a: { $lt: 5 } }, { a: Number.NaN }],
    ['documents with fields in another order', { a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }],
    ['an element of an array in an array', { a: 1 }, { a: [[1]] }],
    ['a field through an array of scalars by null', { 'a.b': null }, { a: [1, 2] }],
    [
      'by $elemMatch what two elements satisfy together',
      { a: { $elemMatch: { x: 1, y: 2 } } },
      { a: [{ x: 1 }, { y: 2 }] },
    ],
    ['by $elemMatch an element of an element', { a: { $elemMatch: { $gt: 1 } } }, { a: [[2]] }],
    ['by $elemMatch an array around the element', { a: { $elemMatch: { $eq: [[5]] } } }, { a: [[5]] }],
    ['by $elemMatch an array of another size', { a: { $elemMatch: { $size: 1 } } }, { a: [[1, 2]] }],
    ['by $elemMatch what is no array', { a: { $elemMatch: { $gt: 1 } } }, { a: 2 }],
    ['by an empty $all', { a: { $all: [] } }, { a: [] }],
    ['by $size what is no array', { a: { $size: 1 } }, { a: 1 }],
    ['null by $ne null', { a: { $ne: null } }, {}],
    ['by $mod what is no number', { a: { $mod: [2, 0] } }, { a: 'x' }],
    ['by $bitsAllSet a fraction', { a: { $bitsAllSet: 1 } }, { a: 1.5 }],
    ['by $type what is missing', { a: { $type: 'null' } }, {}],
    ['an element that is null by missing alone', { a: { $exists: false } }, { a: [null] }],
  ])('%s', (_, filter, document) => {
    expect(matches(filter, document)).toBe(false);
  });
});

describe('a filter under a collation', () => {
  const options = { collation: { locale: 'en', strength: 2 } };

  it('compares strings by it, alone, in lists, in ranges and in expressions', () => {
    expect(matches({ a: 'ABC' }, { a: 'abc' }, options)).toBe(true);
    expect(matches({ a: { $in: ['ABC'] } }, { a: 'abc' }, options)).toBe(true);
    expect(matches({ a: { $lte: 'ABC' } }, { a: 'abc' }, options)).toBe(true);
    expect(matches({ $expr: { $eq: ['$a', 'ABC'] } }, { a: 'abc' }, options)).toBe(true);
    expect(matches({ a: 'ABD' }, { a: 'abc' }, options)).toBe(false);
  });

  it('leaves regular expressions as they are', () => {
    expect(matches({ a: /ABC/ }, { a: 'abc' }, options)).toBe(false);
  });
});

describe('a filter is refused', () => {
  it.each<[string, object, number]>([
    ['with an operator that is not known', { a: { $foo: 1 } }, 2],
    ['with a top level operator that is not known', { $foo: 1 }, 2],
    ['with an empty $or', { $or: [] }, 2],
    ['with an $and of what are no documents', { $and: [1] }, 2],
    ['with $in of no array', { a: { $in: 1 } }, 2],
    ['with operators in $in', { a: { $in: [{ $gt: 1 }] } }, 2],
    ['with an empty $not', { a: { $not: {} } }, 2],
    ['with a regular expression in $ne', { a: { $ne: /x/ } }, 2],
    ['with a regular expression in $gt', { a: { $gt: /x/ } }, 2],
    ['with a negative $size', { a: { $size: -1 } }, 2],
    ['with a fraction as $size', { a: { $size: 1.5 } }, 2],
    ['with $mod by zero', { a: { $mod: [0, 1] } }, 2],
    ['with $mod of one number', { a: { $mod: [2] } }, 2],
    ['with a type that there is not', { a: { $type: 'strin' } }, 2],
    ['with a type number that there is not', { a: { $type: 99 } }, 2],
    ['with a pattern that is broken', { a: { $regex: '(' } }, 51091],
    ['with $options alone', { a: { $options: 'i' } }, 2],
    ['with options in both places', { a: { $regex: new BSONRegExp('a', 'i'), $options: 'm' } }, 51075],
    ['with $where', { $where: 'true' }, 238],
    ['with $text', { $text: { $search: 'x' } }, 27],
    ['with $within', { a: { $within: { $center: [[0, 0], 1] } } }, 238],
    ['with $near', { a: { $near: [0, 0] } }, 238],
    ['with an expression that is not known', { $expr: { $foo: 1 } }, 168],
    ['with a variable that nobody bound', { $expr: { $eq: ['$$x', 1] } }, 17276],
    ['with a keyword of a schema that is not known', { $jsonSchema: { foo: 1 } }, 9],
  ])('%s', (_, filter, code) => {
    expect(() => compileFilter(bson(filter), env())).toThrow(expect.objectContaining({ code }));
  });
});

describe('$expr', () => {
  it('reads the variables of the command', () => {
    expect(matches({ $expr: { $eq: ['$a', '$$wanted'] } }, { a: 3 }, { variables: { wanted: 3 } })).toBe(true);
  });

  it('takes NaN for true, as MongoDB does', () => {
    expect(matches({ $expr: '$a' }, { a: Number.NaN })).toBe(true);
  });
});

describe('$jsonSchema', () => {
  const schema = {
    bsonType: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: {
      _id: {},
      name: { bsonType: 'string', minLength: 2, pattern: '^[a-z]' },
      age: { bsonType: ['int', 'long'], minimum: 0, maximum: 150, exclusiveMaximum: true },
      tags: { bsonType: 'array', items: { enum: ['a', 'b'] }, maxItems: 2, uniqueItems: true },
      kind: { oneOf: [{ enum: ['x'] }, { type: 'number' }] },
    },
  };

  it.each<[boolean, object]>([
    [true, { name: 'ann', age: 3, tags: ['a', 'b'], kind: 'x' }],
    [true, { name: 'ann', kind: 7 }],
    [false, {}],
    [false, { name: 'a' }],
    [false, { name: 'Ann' }],
    [false, { name: 'ann', age: -1 }],
    [false, { name: 'ann', age: 150 }],
    [false, { name: 'ann', age: 1.5 }],
    [false, { name: 'ann', tags: ['c'] }],
    [false, { name: 'ann', tags: ['a', 'a'] }],
    [false, { name: 'ann', kind: 'y' }],
    [false, { name: 'ann', other: 1 }],
  ])('answers %s for %j', (isValid, document) => {
    expect(matches({ $jsonSchema: schema }, document)).toBe(isValid);
  });
});
