import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexFromSpec } from '../../src/infra/engine/indexes/index-spec.js';
import { entriesOf } from '../../src/infra/engine/indexes/entries.js';
import { KeyWriter } from '../../src/infra/engine/indexes/key-writer.js';
import { writeValue } from '../../src/infra/engine/indexes/keys.js';
import { canWriteRaw, writeRawField } from '../../src/infra/engine/indexes/raw-keys.js';
import { encode, StoredDocument } from '../../src/infra/engine/store/bson.js';
import { fieldName } from '../../src/infra/engine/store/bson-fields.js';
import { compareValues } from '../../src/infra/engine/values/compare.js';
import type { Value } from '../../src/infra/engine/values/types.js';
import { anyNumber, anyValue } from './arbitraries.js';
import { bson } from './bson.js';

const keyOf = (value: Value): Buffer => {
  const writer = new KeyWriter();
  writeValue(writer, value);
  return writer.take();
};

describe('the key of a value', () => {
  it('sorts as bytes as the value sorts among all others', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (one, other) => {
        const byBytes = Math.sign(Buffer.compare(keyOf(one), keyOf(other)));

        expect(byBytes).toBe(Math.sign(compareValues(one, other)));
      }),
      { numRuns: 2000 },
    );
  });

  it('is exact for numbers that share a double', () => {
    fc.assert(
      fc.property(anyNumber, anyNumber, (one, other) => {
        expect(Math.sign(Buffer.compare(keyOf(one), keyOf(other)))).toBe(Math.sign(compareValues(one, other)));
      }),
      { numRuns: 2000 },
    );
  });

  it('is never the beginning of the key of another value, so that keys can follow one another', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (one, other) => {
        const [key, otherKey] = [keyOf(one), keyOf(other)];

        fc.pre(!key.equals(otherKey));

        expect(otherKey.subarray(0, key.length).equals(key)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same read from bytes as from the decoded value', () => {
    const field = { path: 'a', direction: 1, rawName: fieldName('a') } as const;
    fc.assert(
      fc.property(anyValue, (a) => {
        const raw = encode({ before: null, a, z: 1 });
        fc.pre(canWriteRaw(raw, [field]));
        const writer = new KeyWriter();

        writeRawField(writer, raw, field, undefined);

        expect(writer.take().toString('hex')).toBe(keyOf(a).toString('hex'));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the keys of a document', () => {
  const keysOf = (spec: object, document: object): string[] =>
    entriesOf(indexFromSpec(1, bson(spec)), new StoredDocument(encode(bson(document)))).keys.map((key) =>
      key.toString('hex'),
    );

  it('are one for each element of an array', () => {
    const keys = keysOf({ key: { tags: 1 }, name: 'tags' }, { tags: ['a', 'b', 'a'] });

    expect(keys).toEqual([keyOf('a'), keyOf('b')].map((key) => key.toString('hex')));
  });

  it('tell an empty array, null and an empty document apart, but not null and missing', () => {
    const spec = { key: { a: 1 }, name: 'a' };
    const [empty, none, missing, document] = [{ a: [] }, { a: null }, {}, { a: {} }].map((one) => keysOf(spec, one)[0]);

    expect(new Set([empty, none, document]).size).toBe(3);
    expect(missing).toBe(none);
  });

  it('are refused where two fields reach different arrays', () => {
    expect(() => keysOf({ key: { a: 1, b: 1 }, name: 'ab' }, { a: [1], b: [2] })).toThrow(
      /cannot index parallel arrays/,
    );
  });

  it('are none where a sparse index misses the field, or a partial one does not cover the document', () => {
    expect(keysOf({ key: { a: 1 }, name: 'a', sparse: true }, { b: 1 })).toEqual([]);
    expect(keysOf({ key: { a: 1 }, name: 'a', partialFilterExpression: { b: { $gt: 1 } } }, { a: 1, b: 1 })).toEqual(
      [],
    );
  });
});
