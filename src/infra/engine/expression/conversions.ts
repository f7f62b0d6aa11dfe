import { Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import { EngineError, badValue, conversionFailure, failedToParse } from '../errors.js';
import { makeDecimal, parseDecimalText } from '../values/decimal.js';
import {
  fitsInt,
  fitsLong,
  integerOf,
  isFiniteValue,
  isNaNValue,
  toBigInt,
  toDouble,
  toRoundedDecimal,
} from '../values/numbers.js';
import { isTruthy } from '../values/truth.js';
import {
  isDecimal,
  isDocument,
  isDouble,
  isInt32,
  isNullish,
  isNumber,
  isObjectId,
  TYPE_NUMBERS,
  typeName,
} from '../values/types.js';
import type { NumberValue, TypeName, Value } from '../values/types.js';
import { toInstant } from './dates/arguments.js';
import { parseIsoDate } from './dates/date-parse.js';
import { UTC } from './dates/time-zone.js';
import { nothing, unary } from './operator.js';
import type { Operator, Operators } from './operator.js';

type Convert = (value: Value) => Value;

const WITHOUT = 'in $convert with no onError value';

const unsupported = (value: Value, to: string): EngineError =>
  conversionFailure(`Unsupported conversion from ${typeName(value)} to ${to} ${WITHOUT}`);

function toDoubleValue(value: Value): Value {
  if (isNumber(value)) {
    const number = toDouble(value);
    if (isDecimal(value) && isFiniteValue(value) && !Number.isFinite(number)) throw overflows(value);
    return isDouble(value) ? value : new Double(number);
  }
  if (typeof value === 'string') return new Double(parseNumber(value, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i));
  if (typeof value === 'boolean') return new Double(Number(value));
  if (value instanceof Date) return new Double(value.getTime());
  throw unsupported(value, 'double');
}

function parseNumber(text: string, form: RegExp): number {
  if (/^[+-]?(inf|infinity|nan)$/i.test(text)) {
    return text.toLowerCase().includes('nan') ? Number.NaN : text.startsWith('-') ? -Infinity : Infinity;
  }
  if (!form.test(text)) {
    throw conversionFailure(`Failed to parse number '${text}' ${WITHOUT}: Did not consume whole string.`);
  }
  return Number(text);
}

const overflows = (value: NumberValue): EngineError =>
  conversionFailure(`Conversion would overflow target type ${WITHOUT}: ${value.toString()}`);

const toInteger =
  (to: 'int' | 'long'): Convert =>
  (value) => {
    if (isNumber(value)) return integerValue(value, to);
    if (typeof value === 'boolean') return to === 'int' ? new Int32(Number(value)) : Long.fromNumber(Number(value));
    if (typeof value === 'string') return parseInteger(value, to);
    if (value instanceof Date && to === 'long') return Long.fromNumber(value.getTime());
    throw unsupported(value, to);
  };

function integerValue(value: NumberValue, to: 'int' | 'long'): Value {
  if (isNaNValue(value)) throw conversionFailure(`Attempt to convert NaN value to integer type ${WITHOUT}`);
  if (!isFiniteValue(value)) throw conversionFailure(`Attempt to convert infinity value to integer type ${WITHOUT}`);
  const whole = toBigInt(value);
  if (to === 'long') {
    if (!fitsLong(whole)) throw overflows(value);
    return Long.fromBigInt(whole);
  }
  if (!fitsInt(Number(whole))) throw overflows(value);
  return isInt32(value) ? value : new Int32(Number(whole));
}

function parseInteger(text: string, to: 'int' | 'long'): Value {
  if (!/^[+-]?\d+$/.test(text)) {
    throw conversionFailure(`Failed to parse number '${text}' ${WITHOUT}: Did not consume whole string.`);
  }
  const whole = BigInt(text.replace('+', ''));
  if (to === 'int' ? !fitsInt(Number(whole)) : !fitsLong(whole)) {
    throw conversionFailure(`Failed to parse number '${text}' ${WITHOUT}: Overflow`);
  }
  return to === 'int' ? new Int32(Number(whole)) : Long.fromBigInt(whole);
}

function toDecimalValue(value: Value): Value {
  if (isNumber(value)) return isDecimal(value) ? value : makeDecimal(toRoundedDecimal(value));
  if (typeof value === 'boolean') return makeDecimal({ coefficient: value ? 1n : 0n, exponent: 0 });
  if (value instanceof Date) return makeDecimal({ coefficient: BigInt(value.getTime()), exponent: 0 });
  if (typeof value !== 'string') throw unsupported(value, 'decimal');
  const parsed = parseDecimalText(value);
  if (parsed === undefined) {
    throw conversionFailure(`Failed to parse number '${value}' ${WITHOUT}: Failed to parse string to decimal`);
  }
  return makeDecimal(parsed);
}

function toStringValue(value: Value): Value {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (isDouble(value)) return formatDouble(value.value);
  if (isNumber(value)) return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (isObjectId(value)) return value.toHexString();
  throw unsupported(value, 'string');
}

/** With at most 16 digits, as mongod writes doubles: plainly from 0.0001 up to 16 digits before the point. */
function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0';
  const rounded = Number(value.toPrecision(16));
  const [digits = '', power = ''] = rounded.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) return String(rounded);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function toObjectIdValue(value: Value): Value {
  if (isObjectId(value)) return value;
  if (typeof value !== 'string') throw unsupported(value, 'objectId');
  if (!/^[0-9a-f]{24}$/i.test(value)) {
    throw conversionFailure(
      `Failed to parse objectId '${value}' ${WITHOUT}: Invalid string length for parsing to OID, expected 24 but found ${value.length}`,
    );
  }
  return new ObjectId(value);
}

function toBoolValue(value: Value): Value {
  if (typeof value === 'boolean') return value;
  if (isNumber(value)) return isTruthy(value);
  if (typeof value === 'string' || value instanceof Date || isObjectId(value)) return true;
  throw unsupported(value, 'bool');
}

function toDateValue(value: Value): Value {
  if (value instanceof Date) return value;
  if (typeof value === 'string') return new Date(parseIsoDate(value, UTC));
  if (isObjectId(value) || value instanceof Timestamp) return new Date(toInstant(value));
  if (!isNumber(value) || isInt32(value)) throw unsupported(value, 'date');
  const date = new Date(Math.trunc(toDouble(value)));
  if (Number.isNaN(date.getTime())) throw overflows(value);
  return date;
}

const CONVERSIONS: Partial<Record<TypeName, Convert>> = {
  double: toDoubleValue,
  int: toInteger('int'),
  long: toInteger('long'),
  decimal: toDecimalValue,
  string: toStringValue,
  objectId: toObjectIdValue,
  bool: toBoolValue,
  date: toDateValue,
};

const conversion = (to: TypeName): Operator => unary((value) => (isNullish(value) ? null : CONVERSIONS[to]?.(value)));

const convert: Operator = (argument, { compile }, name) => {
  if (!isDocument(argument)) {
    throw failedToParse(`${name} expects an object of named arguments but found: ${typeName(argument)}`);
  }
  const known = ['input', 'to', 'onError', 'onNull'];
  const unknown = Object.keys(argument).find((part) => !known.includes(part));
  if (unknown !== undefined) throw failedToParse(`${name} found an unknown argument: ${unknown}`);
  if (!('input' in argument)) throw failedToParse(`Missing 'input' parameter to ${name}`);
  if (!('to' in argument)) throw failedToParse(`Missing 'to' parameter to ${name}`);
  const input = compile(argument.input);
  const target = compile(argument.to);
  const onNull = 'onNull' in argument ? compile(argument.onNull) : undefined;
  const onError = 'onError' in argument ? compile(argument.onError) : undefined;
  return (root, bindings) => {
    const value = input(root, bindings);
    const to = target(root, bindings);
    if (isNullish(value)) return (onNull ?? nothing)(root, bindings) ?? null;
    if (isNullish(to)) return null;
    const type = targetType(to);
    try {
      const apply = CONVERSIONS[type];
      if (apply === undefined) throw unsupported(value, type);
      return apply(value);
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 241 || onError === undefined) throw error;
      return onError(root, bindings);
    }
  };
};

function targetType(to: Value): TypeName {
  const number = integerOf(to);
  const entry = Object.entries(TYPE_NUMBERS).find(
    ([name, code]) => name !== 'missing' && (name === to || code === number),
  );
  if (entry !== undefined) return entry[0] as TypeName;
  if (typeof to === 'string') throw badValue(`Unknown type name: ${to}`);
  throw failedToParse(`$convert's 'to' argument must be a string or number, but is ${typeName(to)}`);
}

export const CONVERSION_OPERATORS: Operators = {
  $convert: convert,
  $toBool: conversion('bool'),
  $toDate: conversion('date'),
  $toDecimal: conversion('decimal'),
  $toDouble: conversion('double'),
  $toInt: conversion('int'),
  $toLong: conversion('long'),
  $toObjectId: conversion('objectId'),
  $toString: conversion('string'),
};
