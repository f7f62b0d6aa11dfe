import { Double } from 'bson';
import { describe, expect, it } from 'vitest';
import { apply, expectUpdated } from './updates.js';

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
    ['pulls what has such an element', { a: [[1], [5, 0], 9] }, { $pull: { a: { $gt: 4 } } }, { a: [[1]] }],
    ['pulls arrays of a size', { a: [[1], [5, 0], 9] }, { $pull: { a: { $size: 2, $ne: 1 } } }, { a: [[1], 9] }],
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

  it.each<[string, object, object]>([
    ['by what it is not', { a: [1, 2] }, { a: { $ne: 7 } }],
    ['by a list that it is not in', { a: [1, 2] }, { a: { $nin: [7] } }],
    ['by a condition that it does not satisfy', { a: [1, 2] }, { a: { $not: { $gt: 7 } } }],
    ['by a field that it does not have', { a: [{ k: 1 }, {}] }, { 'a.k': { $exists: false } }],
    ['by the size of the array', { a: [1, 2] }, { a: { $size: 2 } }],
    ['by the array being there', { a: [1, 2] }, { a: { $exists: true } }],
    ['by an element that the filter names itself', { a: [1, 2] }, { 'a.0': 1 }],
    ['by a field of an element that the filter names itself', { a: [{ k: 1 }] }, { 'a.0.k': 1 }],
  ])('is none %s', (_, document, filter) => {
    expect(() => apply(document, { $set: { 'a.$': 0 } }, { filter })).toThrow(expect.objectContaining({ code: 2 }));
  });

  it('is found by a number that is the name of a field of an element', () => {
    expectUpdated({ a: [{}, { 0: { k: 1 } }] }, { $set: { 'a.$': 0 } }, { a: [{}, 0] }, { filter: { 'a.0.k': 1 } });
  });

  it('is found by what is said beside a negation', () => {
    expectUpdated({ a: [1, 5] }, { $set: { 'a.$': 0 } }, { a: [1, 0] }, { filter: { a: { $ne: 7, $gt: 2 } } });
    expectUpdated(
      { a: [{}, { k: 1 }] },
      { $set: { 'a.$.v': 0 } },
      { a: [{}, { k: 1, v: 0 }] },
      { filter: { 'a.k': { $exists: true } } },
    );
  });

  it.each<[string, object]>([
    ['its size', { $size: 2, $gt: 1 }],
    ['its being an array', { $type: 'array', $gt: 1 }],
  ])('is found by what is said of elements beside what is said of the array: %s', (_, condition) => {
    expectUpdated({ a: [1, 5] }, { $set: { 'a.$': 0 } }, { a: [1, 0] }, { filter: { a: condition } });
  });

  it('is found by its type, where an element may have it', () => {
    const filter = { a: { $type: ['array', 'string'] } };

    expectUpdated({ a: [1, 'x'] }, { $set: { 'a.$': 0 } }, { a: [1, 0] }, { filter });
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
