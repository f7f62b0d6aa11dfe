import { Decimal128, Double } from 'bson';
import { compareValues } from '../values/compare.js';
import type { KeyWriter } from './key-writer.js';

/*
 * A number is written as the double at or next below its magnitude, then, where that is not the number itself,
 * as its own decimal exponent and digits. So 1, 1.0, Long 1 and Decimal128 '1.0' share a key, and numbers that share a double
 * (longs above 2^53, decimals) still have keys of their own, in order.
 */
const EXACT = 0;
const BETWEEN_DOUBLES = 1;
const EXPONENT_BIAS = 0x8000;

/** A double or an int: its key is itself. */
export function writeDouble(writer: KeyWriter, value: number): void {
  if (Number.isNaN(value)) {
    writer.double(0);
    return;
  }
  writeMagnitude(writer, value < 0, Math.abs(value), undefined);
}

export function writeLong(writer: KeyWriter, value: bigint): void {
  const double = Number(value);
  if (Number.isSafeInteger(double)) {
    writeDouble(writer, double);
    return;
  }
  const magnitude = value < 0n ? -value : value;
  const nearest = Math.abs(double);
  const difference = BigInt(nearest) - magnitude;
  const below = difference > 0n ? nextBelow(nearest) : nearest;
  writeMagnitude(writer, value < 0n, below, difference === 0n ? undefined : magnitude.toString());
}

export function writeDecimal(writer: KeyWriter, value: Decimal128): void {
  const text = value.toString();
  const double = Number(text);
  if (!Number.isFinite(double) && /^-?(?:Infinity|NaN)$/.test(text)) {
    writeDouble(writer, double);
    return;
  }
  const isNegative = text.startsWith('-');
  const magnitude = isNegative ? text.slice(1) : text;
  const nearest = Math.min(Math.abs(double), Number.MAX_VALUE);
  const order = compareValues(new Double(nearest), Decimal128.fromString(magnitude));
  if (order === 0) writeDouble(writer, isNegative ? -nearest : nearest);
  else writeMagnitude(writer, isNegative, order > 0 ? nextBelow(nearest) : nearest, magnitude);
}

function writeMagnitude(writer: KeyWriter, isNegative: boolean, double: number, decimal: string | undefined): void {
  const from = writer.length;
  // With the sign bit set a magnitude sorts above every inverted one.
  writer.double(-double);
  writer.byte(decimal === undefined ? EXACT : BETWEEN_DOUBLES);
  if (decimal !== undefined) writeDigits(writer, decimal);
  if (isNegative) writer.invert(from);
}

/** `decimal` is not negative, such as 12, 0.5, 1E+3 or 1.2E-7. */
function writeDigits(writer: KeyWriter, decimal: string): void {
  const [mantissa = '', exponent = '0'] = decimal.split('E');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  const leadingZeros = all.length - digits.length;
  writer.uint16(EXPONENT_BIAS + Number(exponent) + whole.length - leadingZeros);
  writer.text(digits.replace(/0+$/, ''));
}

const scratch = new DataView(new ArrayBuffer(8));

/** The next smaller double of a positive one. */
function nextBelow(double: number): number {
  scratch.setFloat64(0, double);
  scratch.setBigUint64(0, scratch.getBigUint64(0) - 1n);
  return scratch.getFloat64(0);
}
