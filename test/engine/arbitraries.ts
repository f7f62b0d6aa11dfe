import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import type { Document, Value } from '../../src/infra/engine/values/types.js';

/** Numbers of all four types, many of them equal to one of another type. */
export const anyNumber: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((number) => new Int32(number)),
  fc.integer({ min: -3, max: 3 }).map((number) => new Double(number)),
  fc.integer({ min: -3, max: 3 }).map((number) => Long.fromNumber(number)),
  fc.integer({ min: -30, max: 30 }).map((number) => Decimal128.fromString(`${number}E-1`)),
  fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 3n }).map((number) => Long.fromBigInt(number)),
  fc
    .constantFrom(2 ** 53, 2 ** 53 + 2, 2 ** 63, 0.1, -0, Number.NaN, Infinity, -Infinity)
    .map((number) => new Double(number)),
  fc
    .constantFrom('9007199254740993', '0.1', 'NaN', 'Infinity', '1E+6000', '1E-6000', '-0')
    .map((text) => Decimal128.fromString(text)),
  fc.double().map((number) => new Double(number)),
);

const anyScalar: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: anyNumber },
  { weight: 2, arbitrary: fc.constantFrom('', 'a', 'ab', 'b', '\u{1F345}', '\uFFFD') },
  fc.constantFrom<Value>(null, true, false, new MinKey(), new MaxKey()),
  fc.integer({ min: 0, max: 2 }).map((time) => new Date(time)),
  fc.integer({ min: 0, max: 2 }).map((time) => new Timestamp({ t: time, i: 1 })),
  fc.constantFrom('000000000000000000000001', '000000000000000000000002').map((id) => new ObjectId(id)),
  fc.constantFrom('', 'a', 'b', 'ab').map((text) => new Binary(Buffer.from(text))),
  fc.constantFrom('a', 'b').map((pattern) => new BSONRegExp(pattern, '')),
);

const FIELDS = ['a', 'b', 'c'] as const;

const { tree } = fc.letrec<{ tree: Value }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: anyScalar },
    { weight: 2, arbitrary: fc.array(tie('tree'), { maxLength: 3 }) },
    {
      weight: 2,
      arbitrary: fc.dictionary(fc.constantFrom(...FIELDS), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
    },
  ),
}));

export const anyValue: fc.Arbitrary<Value> = tree;

/** A document of a few short fields, so that two of them often have some in common. */
export const anyDocument: fc.Arbitrary<Document> = fc.dictionary(fc.constantFrom(...FIELDS), anyValue, {
  maxKeys: 3,
  noNullPrototype: true,
});

/** A path of one or two parts that such a document may well have. */
export const anyPath: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...FIELDS),
  fc.tuple(fc.constantFrom(...FIELDS), fc.constantFrom(...FIELDS, '0', '1')).map((parts) => parts.join('.')),
);
