import { DBRef, Decimal128, Double, Long, ObjectId, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { NOW, bson } from './bson.js';
import { apply, compile, expectUpdated } from './updates.js';

const ID = new ObjectId('65a000000000000000000001');

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
