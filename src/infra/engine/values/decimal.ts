import { Decimal128 } from 'bson';

/** A finite decimal: `coefficient` times ten to the power of `exponent`. */
export type Decimal = { readonly coefficient: bigint; readonly exponent: number };

const DIGITS = 34;
const MAX_EXPONENT = 6111;
const MIN_EXPONENT = -6176;

/** The finite number that the value is, or the NaN or infinity. */
export function parseDecimal(value: Decimal128): Decimal | number {
  return parseDecimalText(value.toString()) ?? Number.NaN;
}

/** Undefined for what is no decimal number. */
export function parseDecimalText(text: string): Decimal | number | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return parseSpecial(text);
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const magnitude = BigInt(whole + fraction);
  return { coefficient: sign === '-' ? -magnitude : magnitude, exponent: Number(power) - fraction.length };
}

function parseSpecial(text: string): number | undefined {
  const match = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (match === null) return undefined;
  if (match[2]?.toLowerCase() === 'nan') return Number.NaN;
  return match[1] === '-' ? -Infinity : Infinity;
}

/** Rounded half to even to the 34 digits that Decimal128 holds; beyond its exponents it is infinite or zero. */
export function makeDecimal(value: Decimal | number): Decimal128 {
  if (typeof value === 'number') return Decimal128.fromString(specialText(value));
  let { coefficient, exponent } = roundDigits(value, DIGITS);
  if (exponent < MIN_EXPONENT) ({ coefficient, exponent } = roundToExponent({ coefficient, exponent }, MIN_EXPONENT));
  if (exponent > MAX_EXPONENT) {
    if (coefficient === 0n) exponent = MAX_EXPONENT;
    else if (digitCount(coefficient) + exponent - MAX_EXPONENT > DIGITS) {
      return Decimal128.fromString(coefficient < 0n ? '-Infinity' : 'Infinity');
    } else {
      coefficient *= 10n ** BigInt(exponent - MAX_EXPONENT);
      exponent = MAX_EXPONENT;
    }
  }
  return Decimal128.fromString(`${coefficient}E${exponent}`);
}

const specialText = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity');

/** Every digit of the double, of which there may be hundreds. */
export function exactDecimal(value: number): Decimal {
  if (Number.isInteger(value)) return { coefficient: BigInt(value), exponent: 0 };
  const [mantissa, power] = splitDouble(value);
  return { coefficient: mantissa * 5n ** BigInt(-power), exponent: power };
}

/** A double that is no integer, as an odd mantissa times two to a negative power. */
function splitDouble(value: number): [mantissa: bigint, power: number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  let magnitude = biased === 0 ? fraction : fraction | 0x10000000000000n;
  let power = Math.max(biased, 1) - 1075;
  while ((magnitude & 1n) === 0n) {
    magnitude >>= 1n;
    power += 1;
  }
  return [bits >> 63n ? -magnitude : magnitude, power];
}

export function compareDecimals(left: Decimal, right: Decimal): number {
  const leftSign = signOf(left.coefficient);
  const rightSign = signOf(right.coefficient);
  if (leftSign !== rightSign) return leftSign < rightSign ? -1 : 1;
  if (leftSign === 0) return 0;
  const order = digitCount(left.coefficient) + left.exponent - (digitCount(right.coefficient) + right.exponent);
  if (order !== 0) return order < 0 ? -leftSign : leftSign;
  const [a, b] = align(left, right);
  return a === b ? 0 : a < b ? -1 : 1;
}

const signOf = (value: bigint): number => (value === 0n ? 0 : value < 0n ? -1 : 1);

function align(left: Decimal, right: Decimal): [bigint, bigint] {
  const exponent = Math.min(left.exponent, right.exponent);
  return [
    left.coefficient * 10n ** BigInt(left.exponent - exponent),
    right.coefficient * 10n ** BigInt(right.exponent - exponent),
  ];
}

export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const gap = left.exponent - right.exponent;
  if (Math.abs(gap) > 2 * DIGITS + digitCount(left.coefficient) + digitCount(right.coefficient)) {
    if (left.coefficient !== 0n && right.coefficient !== 0n) return gap > 0 ? padded(left) : padded(right);
  }
  const [a, b] = align(left, right);
  return { coefficient: a + b, exponent: Math.min(left.exponent, right.exponent) };
}

/** As many digits as fit: what a sum shows when the other number is too small to count. */
function padded(value: Decimal): Decimal {
  const room = DIGITS - digitCount(value.coefficient);
  return room <= 0 ? value : { coefficient: value.coefficient * 10n ** BigInt(room), exponent: value.exponent - room };
}

export const negateDecimal = ({ coefficient, exponent }: Decimal): Decimal => ({
  coefficient: -coefficient,
  exponent,
});

export const multiplyDecimals = (left: Decimal, right: Decimal): Decimal => ({
  coefficient: left.coefficient * right.coefficient,
  exponent: left.exponent + right.exponent,
});

/** With 34 digits, or fewer where the quotient is exact. The divisor is not zero. */
export function divideDecimals(left: Decimal, right: Decimal): Decimal {
  const ideal = left.exponent - right.exponent;
  if (left.coefficient === 0n) return { coefficient: 0n, exponent: ideal };
  const shift = Math.max(0, DIGITS + 2 + digitCount(right.coefficient) - digitCount(left.coefficient));
  const scaled = left.coefficient * 10n ** BigInt(shift);
  const quotient = scaled / right.coefficient;
  const isExact = quotient * right.coefficient === scaled;
  // A last digit that stands for the rest keeps a quotient just above one half from being rounded as one half.
  if (!isExact) return { coefficient: quotient * 10n + BigInt(signOf(quotient)), exponent: ideal - shift - 1 };
  return reduceTo({ coefficient: quotient, exponent: ideal - shift }, ideal);
}

/** The remainder has the sign of the dividend. The divisor is not zero. */
export function remainderDecimals(left: Decimal, right: Decimal): Decimal {
  const [a, b] = align(left, right);
  return { coefficient: a % b, exponent: Math.min(left.exponent, right.exponent) };
}

/** Without trailing zeros, as long as the exponent does not pass `limit`. */
export function reduceTo(value: Decimal, limit: number): Decimal {
  let { coefficient, exponent } = value;
  while (exponent < limit && coefficient !== 0n && coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent += 1;
  }
  return { coefficient, exponent };
}

/** Rounded half to even, so that the last digit kept stands for ten to the power of `exponent`. */
export function roundToExponent(value: Decimal, exponent: number): Decimal {
  if (value.exponent >= exponent) return value;
  const unit = 10n ** BigInt(exponent - value.exponent);
  const quotient = value.coefficient / unit;
  const rest = value.coefficient % unit;
  const twice = rest < 0n ? -2n * rest : 2n * rest;
  const isUp = twice > unit || (twice === unit && quotient % 2n !== 0n);
  return { coefficient: isUp ? quotient + (value.coefficient < 0n ? -1n : 1n) : quotient, exponent };
}

/** Towards zero. */
export function truncateToExponent(value: Decimal, exponent: number): Decimal {
  if (value.exponent >= exponent) return value;
  return { coefficient: value.coefficient / 10n ** BigInt(exponent - value.exponent), exponent };
}

function roundDigits(value: Decimal, digits: number): Decimal {
  const excess = digitCount(value.coefficient) - digits;
  if (excess <= 0) return value;
  const rounded = roundToExponent(value, value.exponent + excess);
  // 9.99…9 may have become one digit longer.
  return digitCount(rounded.coefficient) > digits ? reduceTo(rounded, rounded.exponent + 1) : rounded;
}

const digitCount = (value: bigint): number => (value < 0n ? -value : value).toString().length;
