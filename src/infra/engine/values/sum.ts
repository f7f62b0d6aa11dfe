import { Double, Int32, Long } from 'bson';
import { divide } from './arithmetic.js';
import { addDecimals, makeDecimal } from './decimal.js';
import type { Decimal } from './decimal.js';
import { fitsInt, fitsLong, toExactDecimal } from './numbers.js';
import { isDouble, isInt32, isLong } from './types.js';
import type { NumberValue } from './types.js';

/**
 * Adds numbers exactly, whatever their order: integers with all digits, doubles with what rounding took off,
 * decimals as decimals. The widest type seen is the type of the total.
 */
export class Sum {
  count = 0;
  #integers = 0;
  #bigIntegers = 0n;
  #doubles = 0;
  /** What the additions of doubles have lost so far. */
  #lost = 0;
  #decimals: Decimal | number = { coefficient: 0n, exponent: 0 };
  #widest: 'int' | 'long' | 'double' | 'decimal' = 'int';

  add(value: NumberValue): void {
    this.count += 1;
    if (isInt32(value)) this.#addInteger(value.value);
    else if (isDouble(value)) this.#addDouble(value.value);
    else if (isLong(value)) this.#addLong(value);
    else this.#addDecimal(value);
  }

  /** The integer zero when nothing was added. */
  total(): NumberValue {
    if (this.#widest === 'decimal') return makeDecimal(this.#decimalTotal());
    if (this.#widest === 'double') return new Double(this.#doubleTotal());
    const integers = this.#bigIntegers + BigInt(this.#integers);
    if (!fitsLong(integers)) return new Double(Number(integers));
    const isInt = this.#widest === 'int' && fitsInt(Number(integers));
    return isInt ? new Int32(Number(integers)) : Long.fromBigInt(integers);
  }

  /** Undefined when nothing was added. */
  average(): NumberValue | undefined {
    if (this.count === 0) return undefined;
    const total = this.#widest === 'decimal' ? this.total() : new Double(this.#doubleTotal());
    return divide(total, new Int32(this.count));
  }

  #addInteger(value: number): void {
    this.#integers += value;
    if (!Number.isSafeInteger(this.#integers)) {
      this.#bigIntegers += BigInt(this.#integers - value) + BigInt(value);
      this.#integers = 0;
    }
  }

  #addLong(value: Long): void {
    if (this.#widest === 'int') this.#widest = 'long';
    const number = value.toNumber();
    if (Number.isSafeInteger(number)) this.#addInteger(number);
    else this.#bigIntegers += value.toBigInt();
  }

  #addDouble(value: number): void {
    if (this.#widest !== 'decimal') this.#widest = 'double';
    const total = this.#doubles + value;
    if (Number.isFinite(total)) {
      const isSmaller = Math.abs(this.#doubles) < Math.abs(value);
      this.#lost += isSmaller ? value - total + this.#doubles : this.#doubles - total + value;
    }
    this.#doubles = total;
  }

  #addDecimal(value: NumberValue): void {
    this.#widest = 'decimal';
    const next = toExactDecimal(value);
    this.#decimals = plus(this.#decimals, next);
  }

  #doubleTotal(): number {
    const doubles = Number.isFinite(this.#doubles) ? this.#doubles + this.#lost : this.#doubles;
    return doubles + (this.#integers + Number(this.#bigIntegers));
  }

  #decimalTotal(): Decimal | number {
    const integers: Decimal = { coefficient: this.#bigIntegers + BigInt(this.#integers), exponent: 0 };
    const withIntegers = plus(this.#decimals, integers);
    if (this.#doubles === 0 && this.#lost === 0) return withIntegers;
    return plus(plus(withIntegers, toExactDecimal(new Double(this.#doubles))), toExactDecimal(new Double(this.#lost)));
  }
}

function plus(left: Decimal | number, right: Decimal | number): Decimal | number {
  if (typeof left !== 'number' && typeof right !== 'number') return addDecimals(left, right);
  return (typeof left === 'number' ? left : 0) + (typeof right === 'number' ? right : 0);
}
