import { DBRef, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { compileProjection } from '../../src/infra/engine/query/projection.js';
import { bson, env, typed } from './bson.js';

const ID = new ObjectId('65a000000000000000000001');

const project = (spec: object, document: object, filter: object = {}) =>
  compileProjection(bson(spec), env(), bson(filter))(bson(document));

describe('a projection gives', () => {
  it.each<[string, object, object, object]>([
    ['everything for no fields', {}, { _id: 1, a: 1 }, { _id: 1, a: 1 }],
    [
      'named fields in the order of the document',
      { b: 1, a: true },
      { _id: 1, a: 1, b: 2, c: 3 },
      { _id: 1, a: 1, b: 2 },
    ],
    ['fields without the _id', { _id: 0, a: 1 }, { _id: 1, a: 1 }, { a: 1 }],
    ['the _id alone', { _id: 1 }, { _id: 1, a: 1 }, { _id: 1 }],
    ['all but the _id', { _id: 0 }, { _id: 1, a: 1 }, { a: 1 }],
    ['all but a field', { a: 0 }, { _id: 1, a: 1, b: 2 }, { _id: 1, b: 2 }],
    ['all but a field of a document', { 'a.b': 0 }, { a: { b: 1, c: 2 } }, { a: { c: 2 } }],
    ['a field of a document', { 'a.b': 1 }, { a: { b: 1, c: 2 } }, { a: { b: 1 } }],
    [
      'a field of each document in an array, and no scalars',
      { 'a.b': 1 },
      { a: [{ b: 1, c: 2 }, 3, [{ b: 4 }]] },
      { a: [{ b: 1 }, [{ b: 4 }]] },
    ],
    ['an array without a field of its documents', { 'a.b': 0 }, { a: [{ b: 1, c: 2 }, 3] }, { a: [{ c: 2 }, 3] }],
    ['no field that is a scalar where a document was meant', { 'a.b': 1 }, { _id: 1, a: 5 }, { _id: 1 }],
    ['a field of a DBRef', { 'a.$id': 1 }, { a: new DBRef('c', ID) }, { a: { $id: ID } }],
    [
      'fields within a document, written within one',
      { a: { b: 1, c: 1 } },
      { a: { b: 1, c: 2, d: 3 } },
      { a: { b: 1, c: 2 } },
    ],
    ['computed fields last', { b: { $add: ['$a', 1] }, a: 1 }, { _id: 1, a: 1 }, { _id: 1, a: 1, b: 2 }],
    ['a text as it is', { b: 'x' }, { _id: 1 }, { _id: 1, b: 'x' }],
    ['the first elements, and all other fields', { a: { $slice: 2 } }, { a: [1, 2, 3], b: 1 }, { a: [1, 2], b: 1 }],
    ['the last elements', { a: { $slice: -2 } }, { a: [1, 2, 3] }, { a: [2, 3] }],
    ['elements from a place', { a: { $slice: [1, 1] } }, { a: [1, 2, 3] }, { a: [2] }],
    ['elements from a place counted from the end', { a: { $slice: [-2, 1] } }, { a: [1, 2, 3] }, { a: [2] }],
    ['elements of an inner array', { 'a.b': { $slice: 1 } }, { a: { b: [1, 2], c: 1 } }, { a: { b: [1], c: 1 } }],
    [
      'elements with named fields',
      { a: { $slice: 1 }, b: 1 },
      { _id: 1, a: [1, 2], b: 1, c: 1 },
      { _id: 1, a: [1], b: 1 },
    ],
    [
      'the $slice expression where the field is an expression',
      { a: { $slice: ['$b', 1] } },
      { _id: 1, b: [1, 2] },
      { _id: 1, a: [1] },
    ],
    [
      'the first element that satisfies',
      { a: { $elemMatch: { x: 2 } } },
      { _id: 1, a: [{ x: 1 }, { x: 2, y: 1 }, { x: 2 }] },
      { _id: 1, a: [{ x: 2, y: 1 }] },
    ],
    [
      'the first scalar that satisfies',
      { a: { $elemMatch: { $gt: 1 } } },
      { _id: 1, a: [1, 2, 3] },
      { _id: 1, a: [2] },
    ],
    ['by $elemMatch no element of an element', { a: { $elemMatch: { $gt: 1 } } }, { _id: 1, a: [[2]] }, { _id: 1 }],
    [
      'by $elemMatch a place in an array',
      { a: { $elemMatch: { 0: 7 } } },
      { _id: 1, a: [1, [7]] },
      { _id: 1, a: [[7]] },
    ],
    ['no field where no element satisfies', { a: { $elemMatch: { x: 3 } } }, { _id: 1, a: [{ x: 1 }] }, { _id: 1 }],
  ])('%s', (_, spec, document, expected) => {
    const projected = project(spec, document);

    expect(typed(projected)).toEqual(typed(bson(expected)));
    expect(Object.keys(projected)).toEqual(Object.keys(expected));
  });

  it('by the positional operator the element that the filter found', () => {
    const document = { _id: 1, a: [{ k: 1 }, { k: 2 }, { k: 2, j: 1 }], b: 1 };

    expect(typed(project({ 'a.$': 1 }, document, { 'a.k': 2 }))).toEqual(typed(bson({ _id: 1, a: [{ k: 2 }] })));
    expect(typed(project({ 'a.$': 1, b: 1 }, document, { a: { $elemMatch: { j: 1 } } }))).toEqual(
      typed(bson({ _id: 1, a: [{ k: 2, j: 1 }], b: 1 })),
    );
  });

  it('never alters the document', () => {
    const document = bson({ a: [1, 2, 3], b: { c: [1, 2] } });

    compileProjection(bson({ a: { $slice: 1 }, 'b.c': { $slice: 1 } }), env())(document);

    expect(typed(document)).toEqual(typed(bson({ a: [1, 2, 3], b: { c: [1, 2] } })));
  });
});

describe('a projection is refused', () => {
  it.each<[string, object, number]>([
    ['with a field in and one out', { a: 1, b: 0 }, 31254],
    ['with a field out and one in', { a: 0, b: 1 }, 31253],
    ['with a field and one in it', { a: 1, 'a.b': 1 }, 31249],
    ['with a field in a field and that field', { 'a.b': 1, a: 1 }, 31250],
    ['with an empty document', { a: {} }, 51270],
    ['with a field that begins with a dollar sign', { $a: 1 }, 16410],
    ['with a path that ends with a dot', { 'a.': 1 }, 40353],
    ['with $elemMatch on an inner field', { 'a.b': { $elemMatch: { x: 1 } } }, 31275],
    ['with an expression that is not known', { a: { $foo: 1 } }, 168],
    ['with the score of a search that there is not', { a: { $meta: 'textScore' } }, 40218],
    ['with $slice of no elements', { a: { $slice: [0, 0] } }, 28724],
  ])('%s', (_, spec, code) => {
    expect(() => project(spec, {})).toThrow(expect.objectContaining({ code }));
  });

  it('when the filter found no element', () => {
    expect(() => project({ 'a.$': 1 }, { a: [1] }, { b: 1 })).toThrow(expect.objectContaining({ code: 51246 }));
  });
});
