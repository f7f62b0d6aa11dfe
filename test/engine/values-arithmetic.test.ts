import { Int32, Long } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, divide, multiply, remainder, subtract } from '../../src/infra/engine/values/arithmetic.js';
import { makeDecimal, parseDecimal } from '../../src/infra/engine/values/decimal.js';
import { Sum } from '../../src/infra/engine/values/sum.js';
import type { NumberValue } from '../../src/infra/engine/values/types.js';
import { decimal, double, long, typed } from './bson.js';

const int = (number: number) => new Int32(number);

describe('arithmetic', () => {
  it.each<[string, NumberValue, object]>([
    ['ints stay ints', add(int(1), int(2)), { $numberInt: '3' }],
    ['an int that grows too large becomes a long', add(int(2_147_483_647), int(1)), { $numberLong: '2147483648' }],
    ['an int and a long are a long', add(int(1), long('2')), { $numberLong: '3' }],
    ['longs keep all digits', add(long('9007199254740993'), long('2')), { $numberLong: '9007199254740995' }],
    [
      'a long that grows too large becomes a double',
      add(Long.MAX_VALUE, int(1)),
      { $numberDouble: '9223372036854775808.0' },
    ],
    ['an int and a double are a double', multiply(int(2), double(3)), { $numberDouble: '6.0' }],
    ['decimals keep their digits', add(decimal('0.10'), decimal('0.20')), { $numberDecimal: '0.30' }],
    [
      'a decimal takes the first 15 digits of a double',
      add(decimal('0'), double(0.1)),
      { $numberDecimal: '0.100000000000000' },
    ],
    [
      'a decimal and a long are exact',
      add(decimal('0.5'), long('9007199254740993')),
      { $numberDecimal: '9007199254740993.5' },
    ],
    ['decimals subtract exactly', subtract(decimal('1.00000000000000000001'), int(1)), { $numberDecimal: '1E-20' }],
    ['decimals multiply exactly', multiply(decimal('1.5'), decimal('1.5')), { $numberDecimal: '2.25' }],
    [
      'products of longs keep all digits',
      multiply(long('3037000499'), long('3037000499')),
      { $numberLong: '9223372030926249001' },
    ],
    ['division of ints is a double', divide(int(7), int(2)), { $numberDouble: '3.5' }],
    [
      'division of decimals has 34 digits',
      divide(decimal('1'), decimal('3')),
      { $numberDecimal: `0.${'3'.repeat(34)}` },
    ],
    ['division of decimals that is exact is short', divide(decimal('10'), int(4)), { $numberDecimal: '2.5' }],
    ['the remainder has the sign of the dividend', remainder(int(-7), int(3)), { $numberInt: '-1' }],
    ['the remainder of longs is exact', remainder(long('9007199254740993'), int(10)), { $numberLong: '3' }],
    ['the remainder of decimals is exact', remainder(decimal('7.5'), int(2)), { $numberDecimal: '1.5' }],
    [
      'infinity less infinity is no number',
      subtract(decimal('Infinity'), decimal('Infinity')),
      { $numberDecimal: 'NaN' },
    ],
  ])('%s', (_, result, expected) => {
    expect(typed(result)).toEqual(expected);
  });

  it('rounds decimals half to even at 34 digits', () => {
    const digits = '1234567890123456789012345678901234';

    expect(makeDecimal({ coefficient: BigInt(`${digits}5`), exponent: 0 }).toString()).toBe(
      '1.234567890123456789012345678901234E+34',
    );
    expect(makeDecimal({ coefficient: BigInt(`${digits}51`), exponent: 0 }).toString()).toBe(
      '1.234567890123456789012345678901235E+35',
    );
    expect(makeDecimal({ coefficient: 10n ** 34n - 1n, exponent: 0 }).toString()).toBe(
      '9999999999999999999999999999999999',
    );
    expect(makeDecimal({ coefficient: 10n ** 35n - 1n, exponent: 0 }).toString()).toBe(
      '1.000000000000000000000000000000000E+35',
    );
  });

  it('makes of a decimal beyond the exponents infinity or zero', () => {
    expect(makeDecimal({ coefficient: 1n, exponent: 6145 }).toString()).toBe('Infinity');
    expect(makeDecimal({ coefficient: -1n, exponent: 9000 }).toString()).toBe('-Infinity');
    expect(makeDecimal({ coefficient: 1n, exponent: -6200 }).toString()).toBe('0E-6176');
  });

  it('reads every decimal as it writes it', () => {
    const coefficient = fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n });

    fc.assert(
      fc.property(coefficient, fc.integer({ min: -6176, max: 6111 }), (digits, exponent) => {
        expect(parseDecimal(makeDecimal({ coefficient: digits, exponent }))).toEqual({ coefficient: digits, exponent });
      }),
    );
  });
});

describe('a sum', () => {
  const sumOf = (...values: NumberValue[]): Sum => {
    const sum = new Sum();
    for (const value of values) sum.add(value);
    return sum;
  };

  it.each<[string, NumberValue[], object]>([
    ['of nothing is the int 0', [], { $numberInt: '0' }],
    ['of ints is an int', [int(1), int(2)], { $numberInt: '3' }],
    ['of many ints is a long', [int(2_147_483_647), int(2_147_483_647)], { $numberLong: '4294967294' }],
    [
      'of longs is exact beyond 2^53',
      [long('9007199254740993'), long('9007199254740993')],
      { $numberLong: '18014398509481986' },
    ],
    [
      'of longs beyond 64 bits is a double',
      [Long.MAX_VALUE, Long.MAX_VALUE],
      { $numberDouble: '18446744073709551616.0' },
    ],
    [
      'does not pass 64 bits if only a part of it does',
      [Long.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE],
      { $numberLong: '9223372036854775806' },
    ],
    [
      'of doubles keeps what rounding takes off',
      [double(1e16), double(1), double(1), double(-1e16)],
      { $numberDouble: '2.0' },
    ],
    ['of decimals is exact', [decimal('0.10'), decimal('0.20')], { $numberDecimal: '0.30' }],
    ['of all types is a decimal', [int(1), long('2'), double(0.5), decimal('0.1')], { $numberDecimal: '3.6' }],
  ])('%s', (_, values, total) => {
    expect(typed(sumOf(...values).total())).toEqual(total);
  });

  it('has an average that is a double, or a decimal', () => {
    expect(typed(sumOf(int(1), int(2)).average())).toEqual({ $numberDouble: '1.5' });
    expect(typed(sumOf(decimal('1'), int(2)).average())).toEqual({ $numberDecimal: '1.5' });
    expect(sumOf().average()).toBeUndefined();
  });

  it('does not depend on the order of integers', () => {
    const integers = fc.array(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((number) => Long.fromBigInt(number)),
      { maxLength: 20 },
    );

    fc.assert(
      fc.property(integers, (numbers) => {
        expect(typed(sumOf(...numbers).total())).toEqual(typed(sumOf(...numbers.toReversed()).total()));
      }),
    );
  });
});
