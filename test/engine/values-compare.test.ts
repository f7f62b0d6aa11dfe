import { Binary, BSONRegExp, Code, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCollation } from '../../src/infra/engine/values/collation.js';
import { compareValues, equalValues } from '../../src/infra/engine/values/compare.js';
import { hashKey } from '../../src/infra/engine/values/hash.js';
import { typeName } from '../../src/infra/engine/values/types.js';
import type { Value } from '../../src/infra/engine/values/types.js';
import { anyValue } from './arbitraries.js';
import { bson, decimal, long } from './bson.js';

describe('the order of values', () => {
  it('puts types in the order that MongoDB gives them', () => {
    const ordered: Value[] = [
      new MinKey(),
      null,
      new Double(Number.NaN),
      new Double(-Infinity),
      new Int32(-1),
      new Double(0.5),
      long('1'),
      decimal('1E+6000'),
      new Double(Infinity),
      '',
      'a',
      {},
      { a: new Int32(1) },
      [],
      [new Int32(1)],
      new Binary(Buffer.from('a')),
      new ObjectId('000000000000000000000001'),
      false,
      true,
      new Date(0),
      new Timestamp({ t: 1, i: 1 }),
      new BSONRegExp('a', ''),
      new Code('x'),
      new MaxKey(),
    ];

    expect(ordered.toReversed().toSorted((left, right) => compareValues(left, right))).toEqual(ordered);
  });

  it.each([
    [
      'a long and a double that only differ beyond 2^53',
      long('9007199254740993'),
      new Double(9_007_199_254_740_992),
      1,
    ],
    ['a decimal and an int that differ in the 21st digit', decimal('1.00000000000000000001'), new Int32(1), 1],
    ['a decimal and the double that is only near it', decimal('0.1'), new Double(0.1), -1],
    ['a decimal and the double that it is', decimal('0.5'), new Double(0.5), 0],
    ['one decimal written in two ways', decimal('1.10'), decimal('1.1'), 0],
    ['a long and the same int', long('7'), new Int32(7), 0],
    ['zero and minus zero', new Double(-0), new Int32(0), 0],
    ['NaN and NaN of another type', new Double(Number.NaN), decimal('NaN'), 0],
    ['NaN and minus infinity', new Double(Number.NaN), new Double(-Infinity), -1],
    ['the greatest long and the double above it', Long.MAX_VALUE, new Double(2 ** 63), -1],
    ['a decimal beyond all doubles', decimal('1E+400'), new Double(Number.MAX_VALUE), 1],
    ['a tiny decimal and zero', decimal('1E-6000'), new Int32(0), 1],
  ])('compares %s exactly', (_, left, right, order) => {
    expect(Math.sign(compareValues(left, right))).toBe(order);
    expect(Math.sign(compareValues(right, left))).toBe(order === 0 ? 0 : -order);
  });

  it('puts a missing value before null', () => {
    expect(compareValues(undefined, null)).toBeLessThan(0);
  });

  it('compares documents by type, then name, then value, field by field', () => {
    const documents = [{}, { a: null }, { a: 1 }, { a: 1, b: 1 }, { a: 2 }, { b: 0 }, { a: 'x' }].map(bson);

    expect(documents.toReversed().toSorted((left, right) => compareValues(left, right))).toEqual(documents);
  });

  it('compares strings by code points, also beyond the first plane', () => {
    expect(compareValues('\u{1F345}', '\uFFFD')).toBeGreaterThan(0);
    expect(compareValues('\u{1F345}', '\uD7FF')).toBeGreaterThan(0);
  });

  it('compares binary data by length, then subtype, then bytes', () => {
    const [short, other, long] = [
      new Binary(Buffer.from('z')),
      new Binary(Buffer.from('a'), 5),
      new Binary(Buffer.from('aa')),
    ];

    expect([long, other, short].toSorted((left, right) => compareValues(left, right))).toEqual([short, other, long]);
  });

  it('is a total order, and equality has one key', () => {
    fc.assert(
      fc.property(anyValue, anyValue, anyValue, (a, b, c) => {
        expect(Math.sign(compareValues(a, b))).toBe(-Math.sign(compareValues(b, a)) + 0);
        if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) expect(compareValues(a, c)).toBeLessThanOrEqual(0);
        expect(hashKey(a) === hashKey(b)).toBe(equalValues(a, b));
        expect(compareValues(a, a)).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('types', () => {
  it('tells them by name', () => {
    expect(
      [new Int32(1), new Double(1), long('1'), decimal('1'), 'a', null, undefined, {}, [], new Date(0)].map(typeName),
    ).toEqual(['int', 'double', 'long', 'decimal', 'string', 'null', 'missing', 'object', 'array', 'date']);
    expect([new MinKey(), new Timestamp({ t: 1, i: 1 }), new Code('x', { y: 1 })].map(typeName)).toEqual([
      'minKey',
      'timestamp',
      'javascriptWithScope',
    ]);
  });

  it('takes a document for a document even if it has a field _bsontype', () => {
    expect(typeName({ _bsontype: 'Long' })).toBe('object');
  });

  it('refuses what is no BSON value', () => {
    expect(() => typeName(1)).toThrow(TypeError);
  });
});

describe('collation', () => {
  const collation = (spec: object) => {
    const compiled = compileCollation(bson(spec));
    if (compiled === undefined) throw new Error('not simple');
    return compiled;
  };

  it('of strength 1 sees neither case nor accents', () => {
    const { compare, key } = collation({ locale: 'en', strength: 1 });

    expect(compare('Résumé', 'resume')).toBe(0);
    expect(key('Résumé')).toBe(key('resume'));
  });

  it('of strength 2 sees accents and not case', () => {
    const { compare } = collation({ locale: 'en', strength: 2 });

    expect([compare('ABC', 'abc'), Math.sign(compare('é', 'e'))]).toEqual([0, 1]);
  });

  it('keeps letters apart that are letters of their own in the language', () => {
    expect(collation({ locale: 'sv', strength: 1 }).compare('å', 'a')).not.toBe(0);
  });

  it('counts digits as numbers where it is asked to', () => {
    const { compare, key } = collation({ locale: 'en', numericOrdering: true });

    expect(['1000', '200', '5', '10', '050'].toSorted(compare)).toEqual(['5', '10', '050', '200', '1000']);
    expect(compare('a10', 'a9')).toBeGreaterThan(0);
    expect([key('a007'), key('a0')]).toEqual(['a7', 'a0']);
    expect(key('100')).not.toBe(key('10'));
  });

  it('is none for the simple locale, and refuses a strength that there is not', () => {
    expect(compileCollation(bson({ locale: 'simple' }))).toBeUndefined();
    expect(() => compileCollation(bson({ locale: 'en', strength: 9 }))).toThrow(expect.objectContaining({ code: 2 }));
  });

  it('gives equal strings one key, and orders all strings', () => {
    const { compare, key } = collation({ locale: 'en', strength: 2 });
    const text = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'é', 'É', 'e', '1', ' ') });

    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(key(a) === key(b)).toBe(compare(a, b) === 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
