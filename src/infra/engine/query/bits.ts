import { badValue } from '../errors.js';
import { bytesOf } from '../values/compare.js';
import { isFiniteValue, toBigInt, toDouble, toSafeInteger } from '../values/numbers.js';
import { show } from '../values/show.js';
import { isBinary, isDecimal, isNumber } from '../values/types.js';
import type { Value } from '../values/types.js';

export type BitOperator = '$bitsAllSet' | '$bitsAnySet' | '$bitsAllClear' | '$bitsAnyClear';

/** Numbers count as 64 bits in two's complement, with the sign repeated above; binary data from its first byte. */
export function compileBitTest(operator: BitOperator, argument: Value): (value: Value) => boolean {
  const mask = maskOf(operator, argument);
  return (value) => {
    const bits = bitsOf(value);
    if (bits === undefined) return false;
    const common = bits & mask;
    switch (operator) {
      case '$bitsAllSet':
        return common === mask;
      case '$bitsAnySet':
        return common !== 0n;
      case '$bitsAllClear':
        return common === 0n;
      default:
        return common !== mask;
    }
  };
}

function maskOf(operator: BitOperator, argument: Value): bigint {
  if (Array.isArray(argument)) {
    return argument.reduce<bigint>((mask, position) => mask | (1n << BigInt(positionOf(position))), 0n);
  }
  if (isBinary(argument)) return bitsOf(argument) ?? 0n;
  if (!isNumber(argument)) {
    throw badValue(`${operator} takes an Array, a number, or a BinData but received: ${operator}: ${show(argument)}`);
  }
  const mask = bitsOf(argument);
  if (mask === undefined || mask < 0n) {
    throw badValue(`Expected a non-negative integer in: ${operator}: ${show(argument)}`);
  }
  return mask;
}

function positionOf(value: Value): number {
  const position = isNumber(value) ? toSafeInteger(value) : undefined;
  if (position === undefined) throw badValue(`bit positions must be an integer but got: ${show(value)}`);
  if (position < 0) throw badValue(`bit positions must be >= 0 but got: ${show(value)}`);
  // Beyond 63 a number only repeats its sign.
  return Math.min(position, 1 << 20);
}

/** Undefined for what has no bits: other types, fractions and numbers beyond 64 bits. */
function bitsOf(value: Value): bigint | undefined {
  if (isBinary(value)) {
    const hex = Buffer.from(bytesOf(value).toReversed()).toString('hex');
    return BigInt(`0x${hex || '0'}`);
  }
  if (!isNumber(value) || !isFiniteValue(value)) return undefined;
  if (isDecimal(value) ? toSafeInteger(value) === undefined : !Number.isInteger(toDouble(value))) return undefined;
  const bits = toBigInt(value);
  return BigInt.asIntN(64, bits) === bits ? bits : undefined;
}
