import { Double, Int32, Long } from 'bson';
import {
  addDecimals,
  divideDecimals,
  makeDecimal,
  multiplyDecimals,
  negateDecimal,
  remainderDecimals,
} from './decimal.js';
import type { Decimal } from './decimal.js';
import { fitsLong, intOrLong, toBigInt, toDouble, toRoundedDecimal } from './numbers.js';
import { isDecimal, isDouble, isInt32 } from './types.js';
import type { NumberValue } from './types.js';

/** The wider type of the two decides: int, long, double, decimal. Ints widen to long and longs to double on overflow. */
type Operation = {
  readonly onNumbers: (left: number, right: number) => number;
  readonly onIntegers: (left: bigint, right: bigint) => bigint;
  readonly onDecimals: (left: Decimal, right: Decimal) => Decimal;
};

const ADD: Operation = {
  onNumbers: (left, right) => left + right,
  onIntegers: (left, right) => left + right,
  onDecimals: addDecimals,
};

const SUBTRACT: Operation = {
  onNumbers: (left, right) => left - right,
  onIntegers: (left, right) => left - right,
  onDecimals: (left, right) => addDecimals(left, negateDecimal(right)),
};

const MULTIPLY: Operation = {
  onNumbers: (left, right) => left * right,
  onIntegers: (left, right) => left * right,
  onDecimals: multiplyDecimals,
};

export const add = (left: NumberValue, right: NumberValue): NumberValue => calculate(ADD, left, right);
export const subtract = (left: NumberValue, right: NumberValue): NumberValue => calculate(SUBTRACT, left, right);
export const multiply = (left: NumberValue, right: NumberValue): NumberValue => calculate(MULTIPLY, left, right);

function calculate(operation: Operation, left: NumberValue, right: NumberValue): NumberValue {
  if (isDecimal(left) || isDecimal(right)) return onDecimals(operation, left, right);
  if (isDouble(left) || isDouble(right)) return new Double(operation.onNumbers(toDouble(left), toDouble(right)));
  const isInt = isInt32(left) && isInt32(right);
  const quick = operation.onNumbers(toDouble(left), toDouble(right));
  // A safe result of safe operands is exact; anything else is counted again with all digits.
  if (Number.isSafeInteger(quick) && (isInt || (isSafe(left) && isSafe(right)))) {
    return isInt ? intOrLong(quick) : Long.fromNumber(quick);
  }
  const exact = operation.onIntegers(toBigInt(left), toBigInt(right));
  return fitsLong(exact) ? Long.fromBigInt(exact) : new Double(quick);
}

const isSafe = (value: NumberValue): boolean => Number.isSafeInteger(toDouble(value));

function onDecimals(operation: Operation, left: NumberValue, right: NumberValue): NumberValue {
  const a = toRoundedDecimal(left);
  const b = toRoundedDecimal(right);
  if (typeof a !== 'number' && typeof b !== 'number') return makeDecimal(operation.onDecimals(a, b));
  return makeDecimal(operation.onNumbers(toDouble(left), toDouble(right)));
}

/** Always a double or a decimal. The divisor is not zero. */
export function divide(left: NumberValue, right: NumberValue): NumberValue {
  if (!isDecimal(left) && !isDecimal(right)) return new Double(toDouble(left) / toDouble(right));
  const a = toRoundedDecimal(left);
  const b = toRoundedDecimal(right);
  if (typeof a !== 'number' && typeof b !== 'number') return makeDecimal(divideDecimals(a, b));
  if (typeof a !== 'number') return makeDecimal(Number.isNaN(b) ? Number.NaN : { coefficient: 0n, exponent: 0 });
  return makeDecimal(toDouble(left) / toDouble(right));
}

/** With the sign of the dividend. The divisor is not zero. */
export function remainder(left: NumberValue, right: NumberValue): NumberValue {
  if (isDecimal(left) || isDecimal(right)) return decimalRemainder(left, right);
  if (isDouble(left) || isDouble(right)) return new Double(toDouble(left) % toDouble(right));
  const exact = toBigInt(left) % toBigInt(right);
  return isInt32(left) && isInt32(right) ? new Int32(Number(exact)) : Long.fromBigInt(exact);
}

function decimalRemainder(left: NumberValue, right: NumberValue): NumberValue {
  const a = toRoundedDecimal(left);
  const b = toRoundedDecimal(right);
  if (typeof a !== 'number' && typeof b !== 'number') return makeDecimal(remainderDecimals(a, b));
  if (typeof a !== 'number' && !Number.isNaN(b)) return makeDecimal(a);
  return makeDecimal(Number.NaN);
}

export function isZero(value: NumberValue): boolean {
  if (!isDecimal(value)) return toDouble(value) === 0;
  const exact = toRoundedDecimal(value);
  return typeof exact !== 'number' && exact.coefficient === 0n;
}
