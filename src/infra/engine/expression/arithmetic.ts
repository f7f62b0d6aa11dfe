import { Double, Int32, Long } from 'bson';
import { badValue, located, typeMismatch } from '../errors.js';
import { add, divide, isZero, multiply, remainder, subtract } from '../values/arithmetic.js';
import { makeDecimal, reduceTo, roundToExponent, truncateToExponent } from '../values/decimal.js';
import type { Decimal } from '../values/decimal.js';
import { fitsInt, integerOf, isFiniteValue, toBigInt, toDouble, toExactDecimal } from '../values/numbers.js';
import { isDecimal, isDocument, isDouble, isInt32, isLong, isNullish, isNumber, typeName } from '../values/types.js';
import type { NumberValue, Value } from '../values/types.js';
import { binary, unary, variadic } from './operator.js';
import type { Operator, Operators } from './operator.js';

/** Numbers, or one date and milliseconds; null where an argument is null or missing. */
function addAll(values: readonly Value[]): Value {
  let total: NumberValue = new Int32(0);
  let date: Date | undefined;
  for (const value of values) {
    if (isNullish(value)) return null;
    if (value instanceof Date) {
      if (date !== undefined) throw located(16612, 'only one date allowed in an $add expression');
      date = value;
    } else if (isNumber(value)) total = add(total, value);
    else throw typeMismatch(`$add only supports numeric or date types, not ${typeName(value)}`);
  }
  return date === undefined ? narrowed(total, values) : shifted(date, toDouble(total));
}

/** Of ints alone, the result is an int if it fits, whatever it was on the way. */
function narrowed(result: NumberValue, operands: readonly Value[]): NumberValue {
  if (!isLong(result) || !operands.every(isInt32)) return result;
  const number = result.toNumber();
  return fitsInt(number) ? new Int32(number) : result;
}

function shifted(date: Date, milliseconds: number): Date {
  const moved = new Date(date.getTime() + Math.round(milliseconds));
  if (Number.isNaN(moved.getTime())) throw located(15, 'date overflow');
  return moved;
}

function subtractValues(left: Value, right: Value): Value {
  if (isNullish(left) || isNullish(right)) return null;
  if (isNumber(left) && isNumber(right)) return subtract(left, right);
  if (left instanceof Date && right instanceof Date) return Long.fromNumber(left.getTime() - right.getTime());
  if (left instanceof Date && isNumber(right)) return shifted(left, -toDouble(right));
  throw typeMismatch(`can't $subtract ${typeName(right)} from ${typeName(left)}`);
}

function multiplyAll(values: readonly Value[]): Value {
  let product: NumberValue = new Int32(1);
  for (const value of values) {
    if (isNullish(value)) return null;
    if (!isNumber(value)) throw typeMismatch(`$multiply only supports numeric types, not ${typeName(value)}`);
    product = multiply(product, value);
  }
  return narrowed(product, values);
}

function divideValues(left: Value, right: Value): Value {
  if (isNullish(left) || isNullish(right)) return null;
  if (!isNumber(left) || !isNumber(right)) {
    throw typeMismatch(`$divide only supports numeric types, not ${typeName(left)} and ${typeName(right)}`);
  }
  if (isZero(right)) throw badValue("can't $divide by zero");
  return divide(left, right);
}

/** A double that is a small integer counts as one, so that the type of the left side stays. */
function modValues(left: Value, right: Value): Value {
  if (isNullish(left) || isNullish(right)) return null;
  if (!isNumber(left) || !isNumber(right)) {
    throw located(16611, `$mod only supports numeric types, not ${typeName(left)} and ${typeName(right)}`);
  }
  if (isZero(right)) throw located(16610, "can't $mod by zero");
  const whole = isDouble(right) && !isDouble(left) && !isDecimal(left) ? integerOf(right) : undefined;
  return remainder(left, whole !== undefined && fitsInt(whole) ? new Int32(whole) : right);
}

/** A function of one number; null stays null. */
const numeric = (apply: (value: NumberValue, name: string) => Value): Operator =>
  unary((value, name) => {
    if (isNullish(value)) return null;
    if (!isNumber(value)) throw located(28765, `${name} only supports numeric types, not ${typeName(value)}`);
    return apply(value, name);
  });

/** A function that gives a double, or a decimal of as many digits as a double has for a decimal. */
const real = (apply: (value: number, name: string) => number): Operator =>
  numeric((value, name) => {
    const result = apply(toDouble(value), name);
    return isDecimal(value) ? decimalOf(result) : new Double(result);
  });

function decimalOf(value: number): Value {
  return Number.isFinite(value) ? makeDecimal(toExactOf(value)) : makeDecimal(value);
}

const toExactOf = (value: number): Decimal => toExactDecimal(new Double(value)) as Decimal;

function absolute(value: NumberValue): Value {
  if (isInt32(value)) return value.value >= 0 ? value : subtract(new Int32(0), value);
  if (isDouble(value)) return new Double(Math.abs(value.value));
  if (isLong(value)) {
    if (value.eq(Long.MIN_VALUE)) throw located(28680, "can't take $abs of long long min");
    return value.isNegative() ? value.negate() : value;
  }
  const exact = toExactDecimal(value);
  if (typeof exact === 'number') return makeDecimal(Math.abs(exact));
  return makeDecimal({ ...exact, coefficient: exact.coefficient < 0n ? -exact.coefficient : exact.coefficient });
}

function roundUpOrDown(value: NumberValue, direction: 1 | -1): Value {
  if (isDouble(value)) return new Double(direction > 0 ? Math.ceil(value.value) : Math.floor(value.value));
  if (!isDecimal(value)) return value;
  const exact = toExactDecimal(value);
  if (typeof exact === 'number') return value;
  const whole = truncateToExponent(exact, 0);
  const rest = exact.coefficient - whole.coefficient * 10n ** BigInt(Math.max(0, -exact.exponent));
  const isMoved = exact.exponent < 0 && rest !== 0n && rest > 0n === direction > 0;
  return makeDecimal(isMoved ? { ...whole, coefficient: whole.coefficient + BigInt(direction) } : whole);
}

/** `place` digits behind the point; negative ones before it. */
const toPlace = (how: (value: Decimal, exponent: number) => Decimal): Operator =>
  variadic(
    (values, name) => {
      const [value, place = new Int32(0)] = values;
      if (isNullish(value) || (values.length > 1 && isNullish(values[1]))) return null;
      if (!isNumber(value)) throw located(51081, `${name} only supports numeric types, not ${typeName(value)}`);
      const digits = integerOf(place);
      if (digits === undefined) throw located(51082, `precision argument to ${name} must be a integral value`);
      if (digits < -20 || digits > 100) {
        throw located(51083, `cannot apply ${name} with precision value ${digits} value must be in [-20, 100]`);
      }
      return placed(value, digits, how);
    },
    { least: 1, most: 2 },
  );

function placed(value: NumberValue, digits: number, how: (value: Decimal, exponent: number) => Decimal): Value {
  if (!isFiniteValue(value) || (digits >= 0 && !isDouble(value) && !isDecimal(value))) return value;
  const rounded = how(toExactDecimal(value) as Decimal, -digits);
  if (isDecimal(value)) return makeDecimal(rounded);
  if (isDouble(value)) {
    const number = Number(`${rounded.coefficient}e${rounded.exponent}`);
    return new Double(number === 0 && value.value < 0 ? -0 : number);
  }
  const whole = reduceTo(rounded, 0);
  const exact = whole.coefficient * 10n ** BigInt(Math.max(0, whole.exponent));
  if (BigInt.asIntN(64, exact) !== exact) throw located(51080, 'invalid conversion from Decimal128 result in $round');
  return isInt32(value) && BigInt.asIntN(32, exact) === exact ? new Int32(Number(exact)) : Long.fromBigInt(exact);
}

/** Integers stay integers where the power is one. */
function power(base: Value, exponent: Value): Value {
  if (isNullish(base) || isNullish(exponent)) return null;
  if (!isNumber(base)) throw located(28762, `$pow's base must be numeric, not ${typeName(base)}`);
  if (!isNumber(exponent)) throw located(28763, `$pow's exponent must be numeric, not ${typeName(exponent)}`);
  if (isZero(base) && toDouble(exponent) < 0) {
    throw located(28764, '$pow cannot take a base of 0 and a negative exponent');
  }
  const approximate = toDouble(base) ** toDouble(exponent);
  if (isDecimal(base) || isDecimal(exponent)) return decimalPower(base, exponent, approximate);
  if (isDouble(base) || isDouble(exponent) || toDouble(exponent) < 0) return new Double(approximate);
  if (Math.abs(approximate) > 2 ** 64) return new Double(approximate);
  const exact = toBigInt(base) ** toBigInt(exponent);
  if (BigInt.asIntN(64, exact) !== exact) return new Double(approximate);
  const isInt = isInt32(base) && isInt32(exponent) && BigInt.asIntN(32, exact) === exact;
  return isInt ? new Int32(Number(exact)) : Long.fromBigInt(exact);
}

function decimalPower(base: NumberValue, exponent: NumberValue, approximate: number): Value {
  const times = integerOf(exponent);
  const exact = toExactDecimal(base);
  if (times === undefined || times < 0 || times > 1000 || typeof exact === 'number') return decimalOf(approximate);
  return makeDecimal({ coefficient: exact.coefficient ** BigInt(times), exponent: exact.exponent * times });
}

function positive(value: number, name: string): number {
  if (value <= 0) throw located(28766, `${name}'s argument must be a positive number, but is ${value}`);
  return value;
}

function logarithm(value: Value, base: Value): Value {
  if (isNullish(value) || isNullish(base)) return null;
  if (!isNumber(value)) throw located(28756, `$log's argument must be numeric, not ${typeName(value)}`);
  if (!isNumber(base)) throw located(28757, `$log's base must be numeric, not ${typeName(base)}`);
  if (toDouble(value) <= 0) {
    throw located(28758, `$log's argument must be a positive number, but is ${value.toString()}`);
  }
  if (toDouble(base) <= 0 || toDouble(base) === 1) {
    throw located(28759, `$log's base must be a positive number not equal to 1, but is ${base.toString()}`);
  }
  const result = Math.log(toDouble(value)) / Math.log(toDouble(base));
  return isDecimal(value) || isDecimal(base) ? decimalOf(result) : new Double(result);
}

function squareRoot(value: number): number {
  if (value < 0) throw located(28714, "$sqrt's argument must be greater than or equal to 0");
  return Math.sqrt(value);
}

const random: Operator = (argument) => {
  const isEmpty = isDocument(argument)
    ? Object.keys(argument).length === 0
    : Array.isArray(argument) && argument.length === 0;
  if (!isEmpty) throw located(3040501, '$rand does not currently accept arguments');
  return () => new Double(Math.random());
};

export const ARITHMETIC: Operators = {
  $add: variadic(addAll),
  $subtract: binary(subtractValues),
  $multiply: variadic(multiplyAll),
  $divide: binary(divideValues),
  $mod: binary(modValues),
  $abs: numeric(absolute),
  $ceil: numeric((value) => roundUpOrDown(value, 1)),
  $floor: numeric((value) => roundUpOrDown(value, -1)),
  $round: toPlace(roundToExponent),
  $trunc: toPlace(truncateToExponent),
  $pow: binary(power),
  $sqrt: real(squareRoot),
  $exp: real(Math.exp),
  $ln: real((value, name) => Math.log(positive(value, name))),
  $log10: real((value, name) => Math.log10(positive(value, name))),
  $log: binary(logarithm),
  $rand: random,
};
