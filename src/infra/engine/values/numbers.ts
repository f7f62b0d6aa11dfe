import { Double, Int32, Long } from 'bson';
import type { Decimal128 } from 'bson';
import { compareDecimals, exactDecimal, parseDecimal, parseDecimalText } from './decimal.js';
import type { Decimal } from './decimal.js';
import { isDecimal, isDouble, isInt32, isLong, isNumber } from './types.js';
import type { NumberValue, Value } from './types.js';

/** The nearest double. */
export function toDouble(value: NumberValue): number {
  if (isLong(value)) return value.toNumber();
  return isDecimal(value) ? decimalToDouble(value) : value.value;
}

function decimalToDouble(value: Decimal128): number {
  const parsed = parseDecimal(value);
  return typeof parsed === 'number' ? parsed : Number(value.toString());
}

/** The integer part. The number is finite. */
export function toBigInt(value: NumberValue): bigint {
  if (isLong(value)) return value.toBigInt();
  if (!isDecimal(value)) return BigInt(Math.trunc(value.value));
  const { coefficient, exponent } = toExactDecimal(value) as Decimal;
  return exponent >= 0 ? coefficient * 10n ** BigInt(exponent) : coefficient / 10n ** BigInt(-exponent);
}

/** Every digit, or the NaN or infinity. */
export function toExactDecimal(value: NumberValue): Decimal | number {
  if (isLong(value)) return { coefficient: value.toBigInt(), exponent: 0 };
  if (isDecimal(value)) return parseDecimal(value);
  return Number.isFinite(value.value) ? exactDecimal(value.value) : value.value;
}

/** As mongod makes a decimal of another number: a double gives its first 15 digits. */
export function toRoundedDecimal(value: NumberValue): Decimal | number {
  const number = isLong(value) || isDecimal(value) ? undefined : value;
  if (number === undefined || number._bsontype === 'Int32' || !Number.isFinite(number.value)) {
    return toExactDecimal(value);
  }
  if (number.value === 0) return { coefficient: 0n, exponent: 0 };
  return parseDecimalText(number.value.toPrecision(15)) ?? Number.NaN;
}

/** By value and exactly, whatever the types. NaN is equal to itself and less than all others; 0 and -0 are equal. */
export function compareNumbers(left: NumberValue, right: NumberValue): number {
  if (isNear(left) && isNear(right)) return compareDoubles(left.value, right.value);
  if (isDecimal(left) || isDecimal(right)) return compareExactly(left, right);
  if (isLong(left)) return isLong(right) ? left.compare(right) : compareLongToDouble(left, right.value);
  return 0 - compareLongToDouble(right as Long, left.value);
}

const isNear = (value: NumberValue): value is Int32 | Double => isInt32(value) || isDouble(value);

export function compareDoubles(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  if (left === right) return 0;
  return Number(Number.isNaN(right)) - Number(Number.isNaN(left));
}

function compareLongToDouble(left: Long, right: number): number {
  const approximate = left.toNumber();
  if (Number.isSafeInteger(approximate) || !Number.isFinite(right)) return compareDoubles(approximate, right);
  // Beyond 2^53 a double has no fraction, so that both are integers.
  if (Math.abs(right) < Number.MAX_SAFE_INTEGER) return compareDoubles(approximate, right);
  const difference = left.toBigInt() - BigInt(right);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

function compareExactly(left: NumberValue, right: NumberValue): number {
  const a = toExactDecimal(left);
  const b = toExactDecimal(right);
  if (typeof a === 'number' || typeof b === 'number') {
    return compareDoubles(typeof a === 'number' ? a : 0, typeof b === 'number' ? b : 0);
  }
  return compareDecimals(a, b);
}

export function isNaNValue(value: NumberValue): boolean {
  if (isLong(value)) return false;
  return Number.isNaN(isDecimal(value) ? parseDecimal(value) : value.value);
}

export function isFiniteValue(value: NumberValue): boolean {
  if (isLong(value)) return true;
  return isDecimal(value) ? typeof parseDecimal(value) !== 'number' : Number.isFinite(value.value);
}

/** The number as an integer that JavaScript counts with; undefined where it has a fraction or is beyond 2^53. */
export function toSafeInteger(value: NumberValue): number | undefined {
  const number = toDouble(value);
  if (!Number.isSafeInteger(number)) return undefined;
  return isDecimal(value) && compareNumbers(value, new Double(number)) !== 0 ? undefined : number;
}

export const MAX_INT = 2_147_483_647;
const MIN_INT = -2_147_483_648;
const MAX_LONG = 9_223_372_036_854_775_807n;
const MIN_LONG = -9_223_372_036_854_775_808n;

export const fitsInt = (value: number): boolean => value >= MIN_INT && value <= MAX_INT;
export const fitsLong = (value: bigint): boolean => value >= MIN_LONG && value <= MAX_LONG;

/** The narrowest integer that holds a safe integer. */
export function intOrLong(value: number): Int32 | Long {
  return fitsInt(value) ? new Int32(value) : Long.fromNumber(value);
}

/** The value as a JavaScript integer; undefined where it is no number or no safe integer. */
export const integerOf = (value: Value): number | undefined => (isNumber(value) ? toSafeInteger(value) : undefined);

/** The same; undefined also where it has more than 32 bits. */
export function intOf(value: Value): number | undefined {
  const number = integerOf(value);
  return number !== undefined && fitsInt(number) ? number : undefined;
}
