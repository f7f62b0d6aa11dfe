import { isZero } from './arithmetic.js';
import { isNumber } from './types.js';
import type { Value } from './types.js';

/** All but false, zero, null and missing is true; NaN too. */
export function isTruthy(value: Value): boolean {
  if (value === false || value === null || value === undefined) return false;
  return !isNumber(value) || !isZero(value);
}
