import { describe, expect, it } from 'vitest';
import {
  expressionValueAt,
  fieldOf,
  putField,
  splitPath,
  valueAt,
  valuesAt,
} from '../../src/infra/engine/values/path.js';
import type { Document } from '../../src/infra/engine/values/types.js';
import { bson, typed, value } from './bson.js';

describe('all values at a path', () => {
  it.each<[string, object, string, unknown[]]>([
    ['the value itself', { a: 1 }, 'a', [1]],
    ['the elements of an array, arrays among them whole', { a: [[], 1, [2]] }, 'a', [[], 1, [2]]],
    ['nothing of an empty array', { a: [] }, 'a', []],
    ['nothing of what is missing', {}, 'a.b', []],
    ['null', { a: null }, 'a', [null]],
    ['the fields of documents in an array', { a: [{ b: 1 }, 5, { b: [2, 3] }, {}] }, 'a.b', [1, 2, 3]],
    ['an element by its number', { a: [{ b: 1 }, { b: 2 }] }, 'a.1.b', [2]],
  ])('are %s', (_, document, path, expected) => {
    expect(valuesAt(bson(document), path).map(typed)).toEqual(expected.map((one) => typed(value(one))));
  });

  it('are found in an array of any length', () => {
    const many = Array.from({ length: 300_000 }, () => 'x');

    expect(valuesAt({ a: many }, 'a')).toHaveLength(300_000);
  });
});

it('the one value at a path counts into arrays and goes through none', () => {
  const document = bson({ a: [{ b: 'x' }, 'y'] });

  expect(
    [
      ['a', '0', 'b'],
      ['a', '1'],
      ['a', 'b'],
      ['a', '9'],
    ].map((path) => valueAt(document, path)),
  ).toEqual(['x', 'y', undefined, undefined]);
});

it('a path of an expression goes through an array, but not through one in it, and counts into none', () => {
  const document = bson({ a: [{ b: 'x' }, [{ b: 'y' }], 'z', {}] });

  expect(expressionValueAt(document, ['a', 'b'])).toEqual(['x']);
  expect(expressionValueAt(document, ['a', '0'])).toEqual([]);
});

it('a path is no longer than a document may be deep', () => {
  expect(splitPath('a.'.repeat(199) + 'a')).toHaveLength(200);
  expect(() => splitPath('a.'.repeat(200) + 'a')).toThrow(expect.objectContaining({ code: 5984700 }));
});

it('a field is only what the document has itself, whatever its name', () => {
  const document: Document = {};
  putField(document, '__proto__', 'x');

  expect([fieldOf(document, '__proto__'), fieldOf(document, 'constructor')]).toEqual(['x', undefined]);
  expect(Object.getPrototypeOf(document)).toBe(Object.prototype);
});
