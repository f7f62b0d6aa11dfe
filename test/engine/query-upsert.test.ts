import { describe, expect, it } from 'vitest';
import { checkUpsertFilter, upsertBase } from '../../src/infra/engine/query/upsert.js';
import { bson, typed } from './bson.js';
import { apply } from './updates.js';

describe('an upsert', () => {
  it.each<[string, object, object]>([
    ['equal values', { a: 1, 'b.c': 2 }, { a: 1, b: { c: 2 } }],
    ['$eq, and lists of one', { a: { $eq: 1 }, b: { $in: [2] }, c: { $all: [3] } }, { a: 1, b: 2, c: 3 }],
    ['no ranges, patterns or lists of two', { a: { $gt: 1 }, b: /x/, c: { $in: [1, 2] } }, {}],
    ['what $and says', { $and: [{ a: 1 }, { b: 2 }] }, { a: 1, b: 2 }],
    ['what an $or of one says, and no other', { $or: [{ a: 1 }] }, { a: 1 }],
    ['documents as they are', { a: { b: 1 } }, { a: { b: 1 } }],
  ])('starts from %s', (_, filter, base) => {
    expect(typed(upsertBase(bson(filter), { isReplacement: false }))).toEqual(typed(bson(base)));
  });

  it('that replaces starts from the `_id` alone, whatever else the filter says', () => {
    const filter = bson({ _id: 5, a: { x: 1 }, $and: [{ a: 1 }, { 'a.x': 2 }] });

    expect(typed(upsertBase(filter, { isReplacement: true }))).toEqual(typed(bson({ _id: 5 })));
    expect(() => upsertBase(bson({ '_id.a': 5 }), { isReplacement: true })).toThrow(
      expect.objectContaining({ code: 111 }),
    );
    expect(typed(upsertBase(bson({ '_id.a': 5 }), { isReplacement: false }))).toEqual(typed(bson({ _id: { a: 5 } })));
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
    ['a document and another field of it', { a: { x: 1 }, 'a.b': 2 }, 54],
    ['the same in another order', { 'a.b': 2, a: { x: 1 } }, 54],
    ['an $expr', { a: 1, $expr: { $eq: ['$b', 1] } }, 224],
    ['an $expr in an $and', { $and: [{ $expr: true }] }, 224],
  ])('is refused with %s', (_, filter, code) => {
    expect(() => upsertBase(bson(filter), { isReplacement: false })).toThrow(expect.objectContaining({ code }));
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
