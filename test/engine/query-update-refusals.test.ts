import { Double, Long } from 'bson';
import { describe, expect, it } from 'vitest';
import { type Case, apply, compile } from './updates.js';

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
    ['an array filter by an expression', { $set: { 'a.$[e]': 1 } }, 224, [{ e: 1, $expr: true }]],
    ['an array filter by a text', { $set: { 'a.$[e]': 1 } }, 2, [{ $text: { $search: 'x' } }]],
    ['a $pull by an expression', { $pull: { a: { $expr: true } } }, 224],
    ['a $pull by an expression in a branch', { $pull: { a: { $or: [{ b: 1 }, { $expr: true }] } } }, 224],
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
    ['a rename of a field of an array', { a: [{ b: 1 }] }, { $rename: { 'a.b': 'c' } }, 28],
    ['a rename of a field of what has none', { a: 5 }, { $rename: { 'a.b': 'c' } }, 28],
    ['a rename from an array', { a: [{ b: 1 }] }, { $rename: { 'a.0.b': 'c' } }, 2],
  ])('%s', (_, document, update, code, of) => {
    expect(() => apply({ _id: 1, ...document }, update, of)).toThrow(expect.objectContaining({ code }));
  });
});
