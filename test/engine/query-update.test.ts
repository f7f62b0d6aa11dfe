import { DBRef, Decimal128, Double, Long, ObjectId, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { compileUpdate } from '../../src/infra/engine/query/update.js';
import { checkUpsertFilter, upsertBase } from '../../src/infra/engine/query/upsert.js';
import type { Document } from '../../src/infra/engine/values/types.js';
import { NOW, bson, env, typed } from './bson.js';

const ID = new ObjectId('65a000000000000000000001');

type Case = {
  readonly filter?: object;
  readonly arrayFilters?: object[];
  readonly isInsert?: boolean;
  readonly collation?: object;
};

const compile = (update: object, { arrayFilters, collation }: Case = {}) =>
  compileUpdate(Array.isArray(update) ? update.map((stage: object) => bson(stage)) : bson(update), {
    env: env({ ...(collation && { collation }) }),
    arrayFilters: arrayFilters?.map(bson),
  });

const apply = (document: object, update: object, of: Case = {}): Document =>
  compile(update, of).apply(bson(document), { isInsert: of.isInsert ?? false, filter: bson(of.filter ?? {}) });

const expectUpdated = (document: object, update: object, expected: object, of: Case = {}) => {
  const updated = apply({ _id: 1, ...document }, update, of);
  expect(typed(updated)).toEqual(typed(bson({ _id: 1, ...expected })));
  expect(Object.keys(updated)).toEqual(['_id', ...Object.keys(expected)]);
};

describe('an update of fields', () => {
  it.each<[string, object, object, object]>([
    ['sets, in the order of the names', {}, { $set: { b: 1, a: 2 } }, { a: 2, b: 1 }],
    [
      'sets in the order of the names across operators',
      {},
      { $set: { c: 1 }, $inc: { b: 1 }, $push: { a: 1 } },
      { a: [1], b: 1, c: 1 },
    ],
    ['keeps the place of a field that is there', { b: 1, a: 1 }, { $set: { b: 2 } }, { b: 2, a: 1 }],
    ['makes the documents on the way', {}, { $set: { 'a.b.c': 1 } }, { a: { b: { c: 1 } } }],
    ['names a field by a number where there is no array', {}, { $set: { 'a.0': 1 } }, { a: { 0: 1 } }],
    ['sets an element of an array', { a: [1, 2] }, { $set: { 'a.1': 9 } }, { a: [1, 9] }],
    ['fills an array with null up to the element', { a: [1] }, { $set: { 'a.3': 9 } }, { a: [1, null, null, 9] }],
    ['takes a field away', { a: 1, b: 2 }, { $unset: { a: '' } }, { b: 2 }],
    ['leaves null where it takes an element away', { a: [1, 2] }, { $unset: { 'a.0': '' } }, { a: [null, 2] }],
    ['takes away what could not be there', { a: 1 }, { $unset: { 'a.b': '' } }, { a: 1 }],
    ['adds to what is missing', {}, { $inc: { a: 2 } }, { a: 2 }],
    ['adds within the type', { a: Long.fromNumber(1) }, { $inc: { a: 2 } }, { a: Long.fromNumber(3) }],
    [
      'widens an int that grows too large',
      { a: 2_147_483_647 },
      { $inc: { a: 1 } },
      { a: Long.fromNumber(2_147_483_648) },
    ],
    [
      'adds decimals exactly',
      { a: Decimal128.fromString('0.10') },
      { $inc: { a: Decimal128.fromString('0.20') } },
      { a: Decimal128.fromString('0.30') },
    ],
    [
      'multiplies what is missing to zero of the type',
      {},
      { $mul: { a: Long.fromNumber(2) } },
      { a: Long.fromNumber(0) },
    ],
    ['multiplies', { a: 3 }, { $mul: { a: new Double(2) } }, { a: new Double(6) }],
    ['takes the less', { a: 3, b: 3 }, { $min: { a: 2, b: 4, c: 5 } }, { a: 2, b: 3, c: 5 }],
    ['takes the greater, by the order of all types', { a: 3 }, { $max: { a: 'x' } }, { a: 'x' }],
    ['renames', { a: 1, b: 2 }, { $rename: { a: 'c' } }, { b: 2, c: 1 }],
    ['renames over a field that is there', { a: 1, b: 2 }, { $rename: { a: 'b' } }, { b: 1 }],
    ['renames into a document', { a: 1 }, { $rename: { a: 'x.y' } }, { x: { y: 1 } }],
    ['renames nothing where an array has no such element', { a: [1] }, { $rename: { 'a.1': 'b' } }, { a: [1] }],
    ['renames nothing where nothing is', { b: 1 }, { $rename: { a: 'c' } }, { b: 1 }],
    ['does not set on insert what is there', { a: 1 }, { $setOnInsert: { b: 1 } }, { a: 1 }],
    ['sets the date of the command', {}, { $currentDate: { a: true, b: { $type: 'date' } } }, { a: NOW, b: NOW }],
    [
      'sets a timestamp',
      {},
      { $currentDate: { a: { $type: 'timestamp' } } },
      { a: new Timestamp({ t: 1_767_323_045, i: 1 }) },
    ],
    [
      'changes bits',
      { a: 12, b: Long.fromNumber(1) },
      { $bit: { a: { and: 10, or: 1 }, b: { xor: 3 } } },
      { a: 9, b: Long.fromNumber(2) },
    ],
    ['takes an empty list of fields', { a: 1 }, { $set: {} }, { a: 1 }],
    [
      'sets a field of a DBRef',
      { a: new DBRef('c', ID) },
      { $set: { 'a.$db': 'd' } },
      { a: { $ref: 'c', $id: ID, $db: 'd' } },
    ],
    [
      'sets a name that JavaScript has on every object',
      {},
      { $set: { 'constructor.prototype': 1 } },
      { constructor: { prototype: 1 } },
    ],
  ])('%s', (_, document, update, expected) => {
    expectUpdated(document, update, expected);
  });

  it('sets a field named __proto__ like any other', () => {
    const updated = apply({ _id: 1 }, JSON.parse('{ "$set": { "__proto__": 5 } }') as object);

    expect(Object.keys(updated)).toEqual(['_id', '__proto__']);
    expect(Object.getPrototypeOf(updated)).toBe(Object.prototype);
  });
});

describe('an update of arrays', () => {
  it.each<[string, object, object, object]>([
    ['appends', { a: [1] }, { $push: { a: 2 } }, { a: [1, 2] }],
    ['makes the array', {}, { $push: { 'a.b': [1] } }, { a: { b: [[1]] } }],
    ['appends several', { a: [1] }, { $push: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
    ['puts them in at a place', { a: [1, 2] }, { $push: { a: { $each: [9], $position: 1 } } }, { a: [1, 9, 2] }],
    ['counts a place from the end', { a: [1, 2] }, { $push: { a: { $each: [9], $position: -1 } } }, { a: [1, 9, 2] }],
    [
      'sorts, then keeps the last',
      { a: [3, 1] },
      { $push: { a: { $each: [2], $sort: 1, $slice: -2 } } },
      { a: [2, 3] },
    ],
    ['keeps none', { a: [3, 1] }, { $push: { a: { $each: [2], $slice: 0 } } }, { a: [] }],
    [
      'sorts by a field, a missing one first',
      { a: [{ x: 1 }] },
      { $push: { a: { $each: [{ y: 1 }, { x: 0 }], $sort: { x: 1 } } } },
      { a: [{ y: 1 }, { x: 0 }, { x: 1 }] },
    ],
    [
      'sorts what is no document as one without the field',
      { a: [[{ x: 0 }], 7] },
      { $push: { a: { $each: [{ x: -1 }], $sort: { x: 1 } } } },
      { a: [[{ x: 0 }], 7, { x: -1 }] },
    ],
    ['adds what is not there', { a: [1, 2] }, { $addToSet: { a: { $each: [2, 3, 3] } } }, { a: [1, 2, 3] }],
    ['adds an array as one value', { a: [] }, { $addToSet: { a: [1] } }, { a: [[1]] }],
    ['takes an equal number of another type for there', { a: [1] }, { $addToSet: { a: new Double(1) } }, { a: [1] }],
    ['takes off the last', { a: [1, 2] }, { $pop: { a: 1 } }, { a: [1] }],
    ['takes off the first', { a: [1, 2] }, { $pop: { a: -1 } }, { a: [2] }],
    ['pulls what is equal', { a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
    ['pulls by a condition', { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
    ['pulls documents by a filter', { a: [{ x: 1, y: 1 }, { x: 2 }] }, { $pull: { a: { x: 1 } } }, { a: [{ x: 2 }] }],
    [
      'pulls documents by $or',
      { a: [{ x: 1 }, { x: 2 }, { x: 3 }] },
      { $pull: { a: { $or: [{ x: 1 }, { x: 3 }] } } },
      { a: [{ x: 2 }] },
    ],
    ['pulls by a regular expression', { a: ['ab', 'b'] }, { $pull: { a: /^a/ } }, { a: ['b'] }],
    ['pulls by $in', { a: [1, 2, 3] }, { $pull: { a: { $in: [1, 3] } } }, { a: [2] }],
    ['pulls null', { a: [null, 1] }, { $pull: { a: null } }, { a: [1] }],
    ['pulls a list', { a: [1, 2, 3] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
    ['pulls nothing where nothing is', { b: 1 }, { $pull: { 'a.c': 1 } }, { b: 1 }],
    ['changes every element', { a: [1, 2] }, { $inc: { 'a.$[]': 10 } }, { a: [11, 12] }],
    [
      'changes a field of every element',
      { a: [{ x: 1 }, { x: 2 }] },
      { $set: { 'a.$[].y': 0 } },
      {
        a: [
          { x: 1, y: 0 },
          { x: 2, y: 0 },
        ],
      },
    ],
    [
      'changes every element of arrays in arrays',
      { a: [[1], [2, 3]] },
      { $inc: { 'a.$[].$[]': 1 } },
      { a: [[2], [3, 4]] },
    ],
  ])('%s', (_, document, update, expected) => {
    expectUpdated(document, update, expected);
  });

  it('changes the elements that a filter names', () => {
    const document = {
      a: [
        { x: 1, g: [1, 8] },
        { x: 2, g: [8] },
      ],
    };

    expectUpdated(
      document,
      { $set: { 'a.$[e].g.$[h]': 0 } },
      {
        a: [
          { x: 1, g: [1, 0] },
          { x: 2, g: [8] },
        ],
      },
      {
        arrayFilters: [{ 'e.x': 1 }, { h: { $gt: 5 } }],
      },
    );
  });

  it('changes the first element that the filter found', () => {
    expectUpdated(
      { a: [{ k: 1 }, { k: 2 }, { k: 2 }] },
      { $set: { 'a.$.v': 9 } },
      { a: [{ k: 1 }, { k: 2, v: 9 }, { k: 2 }] },
      {
        filter: { 'a.k': 2 },
      },
    );
    expectUpdated({ a: [1, 5, 9] }, { $set: { 'a.$': 0 } }, { a: [1, 0, 9] }, { filter: { a: { $gte: 5 } } });
    expectUpdated(
      {
        a: [
          { k: 1, j: 1 },
          { k: 1, j: 2 },
        ],
      },
      { $set: { 'a.$.v': 9 } },
      {
        a: [
          { k: 1, j: 1 },
          { k: 1, j: 2, v: 9 },
        ],
      },
      {
        filter: { a: { $elemMatch: { k: 1, j: 2 } } },
      },
    );
  });

  it('finds that element in the document as it was', () => {
    expectUpdated(
      { a: [{ k: 1 }, { k: 2 }] },
      { $set: { 'a.$.k': 3, 'a.$.v': 4 } },
      { a: [{ k: 1 }, { k: 3, v: 4 }] },
      {
        filter: { 'a.k': 2 },
      },
    );
  });
});

describe('an update never alters what it was given', () => {
  const freeze = <T>(of: T): T => {
    if (
      Array.isArray(of) ||
      (typeof of === 'object' && of !== null && Object.getPrototypeOf(of) === Object.prototype)
    ) {
      for (const inner of Object.values(of)) freeze(inner);
      Object.freeze(of);
    }
    return of;
  };

  it.each<[object]>([
    [{ $set: { 'a.0.b': 1, 'x.y': 1 } }],
    [{ $push: { a: { $each: [1], $sort: 1 } } }],
    [{ $unset: { 'a.0.k': 1 } }],
    [{ $rename: { c: 'd.e' } }],
    [{ $inc: { 'a.$[].k': 1 } }],
    [[{ $set: { 'a.k': 5, z: '$$ROOT' } }]],
  ])('%j', (update) => {
    const document = freeze(bson({ _id: 1, a: [{ k: 1 }], c: { f: 1 } }));

    expect(() => compile(update).apply(document, { isInsert: false, filter: {} })).not.toThrow();
  });
});

describe('a pipeline update', () => {
  it('copies values, so that a change of one field does not reach through another', () => {
    expectUpdated({ o: { a: 1 } }, [{ $set: { prev: '$o', 'o.a': 2 } }], { o: { a: 2 }, prev: { a: 1 } });
    expectUpdated({ o: { a: 1 } }, [{ $set: { 'o.x': '$o' } }], { o: { a: 1, x: { a: 1 } } });
    expectUpdated({ o: { a: 1 } }, [{ $set: { all: { $concatArrays: [['$o'], ['$o']] } } }, { $set: { 'all.a': 2 } }], {
      o: { a: 1 },
      all: [{ a: 2 }, { a: 2 }],
    });
  });

  it('keeps the types of numbers', () => {
    expectUpdated({ a: new Double(2), b: Long.fromNumber(5) }, [{ $set: { c: '$a', d: '$b' } }], {
      a: new Double(2),
      b: Long.fromNumber(5),
      c: new Double(2),
      d: Long.fromNumber(5),
    });
  });

  it('sets a field of every document in an array', () => {
    expectUpdated({ items: [{ k: 1 }, { k: 2 }] }, [{ $set: { 'items.z': 9 } }], {
      items: [
        { k: 1, z: 9 },
        { k: 2, z: 9 },
      ],
    });
  });

  it('makes the document on the way even if there is no value to set in it', () => {
    expectUpdated({}, [{ $set: { 'f.g': '$missing' } }], { f: {} });
  });

  it('keeps the _id where the pipeline gives none, and refuses another', () => {
    expectUpdated({ a: 1 }, [{ $replaceWith: { b: '$a' } }], { b: 1 });
    expect(() => apply({ _id: 1 }, [{ $set: { _id: 2 } }])).toThrow(expect.objectContaining({ code: 66 }));
  });
});

describe('a replacement', () => {
  it('keeps the _id, first', () => {
    expectUpdated({ a: 1 }, { b: 2 }, { b: 2 });
    expectUpdated({ a: 1 }, { b: 2, _id: 1 }, { b: 2 });
  });

  it.each<[string, object, number]>([
    ['another _id', { _id: 2 }, 66],
    ['a field that begins with a dollar sign', { a: 1, $b: 1 }, 52],
  ])('is refused with %s', (_, update, code) => {
    expect(() => apply({ _id: 1 }, update)).toThrow(expect.objectContaining({ code }));
  });
});

describe('an update is refused before any document is looked at', () => {
  it.each<[string, object, number, object[]?]>([
    ['an operator that is not known', { $foo: { a: 1 } }, 9],
    ['a field among the operators', { $set: { a: 1 }, b: 1 }, 9],
    ['an operator without fields', { $set: 1 }, 9],
    ['two changes of one field', { $set: { a: 1 }, $inc: { a: 1 } }, 40],
    ['changes of a field and of one in it', { $set: { a: 1, 'a.b': 1 } }, 40],
    ['a rename into a field that is changed', { $set: { b: 1 }, $rename: { a: 'b' } }, 40],
    ['changes of one element and of all', { $set: { 'items.0.t': 1, 'items.$[].t': 2 } }, 40],
    ['an empty part of a path', { $set: { 'a..b': 1 } }, 56],
    ['an empty path', { $set: { '': 1 } }, 56],
    ['the positional operator first', { $set: { '$.a': 1 } }, 2],
    ['two positional operators', { $set: { 'a.$.b.$': 1 } }, 2],
    ['an array filter that is not there', { $set: { 'a.$[e]': 1 } }, 2],
    ['an array filter that is not used', { $set: { a: 1 } }, 9, [{ e: 1 }]],
    ['two array filters of one name', { $set: { 'a.$[e]': 1 } }, 9, [{ e: 1 }, { e: 2 }]],
    ['an array filter of two names', { $set: { 'a.$[e]': 1 } }, 9, [{ e: 1, f: 2 }]],
    ['an array filter of no name', { $set: { 'a.$[e]': 1 } }, 9, [{}]],
    ['an array filter whose name is no name', { $set: { 'a.$[E]': 1 } }, 2, [{ E: 1 }]],
    ['adding what is no number', { $inc: { a: 'x' } }, 14],
    ['a rename to what is no string', { $rename: { a: 1 } }, 2],
    ['a rename to itself', { $rename: { a: 'a' } }, 2],
    ['a rename of elements', { $rename: { 'a.$[]': 'b' } }, 2],
    ['a $pop of 2', { $pop: { a: 2 } }, 9],
    ['a $pullAll of no array', { $pullAll: { a: 1 } }, 2],
    ['an $each of no array in $push', { $push: { a: { $each: 1 } } }, 2],
    ['an $each of no array in $addToSet', { $addToSet: { a: { $each: 1 } } }, 14],
    ['a clause of $push that is not known', { $push: { a: { $each: [], $foo: 1 } } }, 2],
    ['a $sort of 2', { $push: { a: { $each: [], $sort: { x: 2 } } } }, 2],
    ['a $bit of a double', { $bit: { a: { and: new Double(1) } } }, 2],
    ['a $bit operation that is not known', { $bit: { a: { nand: 1 } } }, 2],
    ['a $currentDate of a string', { $currentDate: { a: 'x' } }, 2],
    ['a $pull with an operator that is not known', { $pull: { a: { $foo: 1 } } }, 2],
    ['a stage that is not known', [{ $bad: 1 }], 40324],
    ['a stage that is none of updates', [{ $match: {} }], 72],
    ['a stage of two names', [{ $set: {}, $unset: 'a' }], 40323],
    ['an expression that is not known', [{ $set: { a: { $foo: 1 } } }], 168],
  ])('%s', (_, update, code, arrayFilters) => {
    expect(() => compile(update, { ...(arrayFilters && { arrayFilters }) })).toThrow(expect.objectContaining({ code }));
  });
});

describe('an update of this document is refused', () => {
  it.each<[string, object, object, number, Case?]>([
    ['a field in what is no document', { a: 1 }, { $set: { 'a.b': 1 } }, 28],
    ['a field in null', { a: null }, { $set: { 'a.b': 1 } }, 28],
    ['a field in an array', { a: [1] }, { $set: { 'a.b': 1 } }, 28],
    ['a pull through what is no document', { a: 1 }, { $pull: { 'a.b': 1 } }, 28],
    ['a push to what is no array', { a: 1 }, { $push: { a: 1 } }, 2],
    ['an $addToSet to what is no array', { a: 1 }, { $addToSet: { a: 1 } }, 2],
    ['a $pop of what is no array', { a: 1 }, { $pop: { a: 1 } }, 14],
    ['a $pull from what is no array', { a: 1 }, { $pull: { a: 1 } }, 2],
    ['adding to what is no number', { a: 'x' }, { $inc: { a: 1 } }, 14],
    ['a long that would grow too large', { a: Long.MAX_VALUE }, { $inc: { a: 1 } }, 2],
    ['a $bit of a double', { a: new Double(1) }, { $bit: { a: { or: 1 } } }, 2],
    ['every element of what is missing', {}, { $set: { 'a.$[]': 1 } }, 2],
    ['every element of what is no array', { a: 1 }, { $set: { 'a.$[]': 1 } }, 2],
    ['the element found, where the filter found none', { a: [1] }, { $set: { 'a.$': 1 } }, 2],
    ['one field twice through two elements', { a: [1] }, { $set: { 'a.$': 1, 'a.0': 2 } }, 40, { filter: { a: 1 } }],
    ['a field that begins with a dollar sign', {}, { $set: { $x: 1 } }, 52],
    ['another _id', {}, { $set: { _id: 2 } }, 66],
    ['no _id', {}, { $unset: { _id: 1 } }, 66],
    ['an element far beyond the end', { a: [] }, { $set: { 'a.2000000': 1 } }, 2],
    ['a rename from an array', { a: [{ b: 1 }] }, { $rename: { 'a.0.b': 'c' } }, 2],
  ])('%s', (_, document, update, code, of) => {
    expect(() => apply({ _id: 1, ...document }, update, of)).toThrow(expect.objectContaining({ code }));
  });
});

describe('an upsert', () => {
  it.each<[string, object, object]>([
    ['equal values', { a: 1, 'b.c': 2 }, { a: 1, b: { c: 2 } }],
    ['$eq, and lists of one', { a: { $eq: 1 }, b: { $in: [2] }, c: { $all: [3] } }, { a: 1, b: 2, c: 3 }],
    ['no ranges, patterns or lists of two', { a: { $gt: 1 }, b: /x/, c: { $in: [1, 2] } }, {}],
    ['what $and says', { $and: [{ a: 1 }, { b: 2 }] }, { a: 1, b: 2 }],
    ['what an $or of one says, and no other', { $or: [{ a: 1 }] }, { a: 1 }],
    ['documents as they are', { a: { b: 1 } }, { a: { b: 1 } }],
  ])('starts from %s', (_, filter, base) => {
    expect(typed(upsertBase(bson(filter)))).toEqual(typed(bson(base)));
  });

  it('sets on insert, and then only', () => {
    const of = { isInsert: true, filter: { a: 1 } };

    expect(typed(apply({ a: 1 }, { $setOnInsert: { b: 1 }, $inc: { n: 1 } }, of))).toEqual(
      typed(bson({ a: 1, b: 1, n: 1 })),
    );
  });

  it.each<[string, object, number]>([
    ['two values of one field', { $and: [{ a: 1 }, { a: 2 }] }, 54],
    ['a field and one in it', { a: 1, 'a.b': 2 }, 54],
    ['an $expr', { a: 1, $expr: { $eq: ['$b', 1] } }, 224],
    ['an $expr in an $and', { $and: [{ $expr: true }] }, 224],
  ])('is refused with %s', (_, filter, code) => {
    expect(() => upsertBase(bson(filter))).toThrow(expect.objectContaining({ code }));
  });

  it('is refused with an $expr even if a document is found', () => {
    expect(() => checkUpsertFilter(bson({ $expr: true }))).toThrow(
      expect.objectContaining({ codeName: 'QueryFeatureNotAllowed' }),
    );
  });

  it('may set a field whose name begins with a dollar sign', () => {
    expect(apply({}, { $set: { $x: 'a' } }, { isInsert: true })).toEqual({ $x: 'a' });
  });

  it('has no element for the positional operator', () => {
    expect(() => apply({ a: [1] }, { $set: { 'a.$': 2 } }, { isInsert: true, filter: { a: 1 } })).toThrow(
      expect.objectContaining({ code: 2 }),
    );
  });
});
