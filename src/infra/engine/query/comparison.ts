import { BSONSymbol, MaxKey, MinKey } from 'bson';
import { badValue } from '../errors.js';
import type { Collation } from '../values/collation.js';
import { isContainer } from '../values/bounds.js';
import { compareValues, equalValues, typeRank } from '../values/compare.js';
import { hashKey } from '../values/hash.js';
import { compareDoubles, compareNumbers, isNaNValue } from '../values/numbers.js';
import { asDocument, isDocument, isDouble, isInt32, isNumber, isObjectId, isRegex } from '../values/types.js';
import type { NumberValue, Value } from '../values/types.js';
import { compileRegex, compileRegexTest } from './regex.js';

type ValueTest = (this: void, value: Value) => boolean;

export type RangeOperator = '$gt' | '$gte' | '$lt' | '$lte';

/** Null equals missing too. A regular expression equals only itself. */
export function compileEquality(target: Value, collation: Collation | undefined): ValueTest {
  if (target === null || target === undefined) return (value) => value === null || value === undefined;
  if (typeof target === 'boolean') return (value) => value === target;
  if (typeof target === 'string' && collation === undefined) {
    return (value) => value === target || (value instanceof BSONSymbol && value.value === target);
  }
  if (isNumber(target)) return compileNumberEquality(target);
  if (isObjectId(target)) {
    return (value) => isObjectId(value) && isSameId(target.id, value.id);
  }
  return (value) => equalValues(value, target, collation);
}

/** From the end, where ids of one time and machine differ. */
function isSameId(left: Uint8Array, right: Uint8Array): boolean {
  for (let at = 11; at >= 0; at -= 1) if (left[at] !== right[at]) return false;
  return true;
}

function compileNumberEquality(target: NumberValue): ValueTest {
  if (!isInt32(target) && !isDouble(target)) return (value) => isNumber(value) && compareNumbers(value, target) === 0;
  const number = target.value;
  return (value) => {
    if (isInt32(value) || isDouble(value)) return compareDoubles(value.value, number) === 0;
    return isNumber(value) && compareNumbers(value, target) === 0;
  };
}

const HOLDS: Readonly<Record<RangeOperator, (order: number) => boolean>> = {
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/** Only values of the bound's own type are in its range, but that MinKey and MaxKey bound all types. */
export function compileRange(operator: RangeOperator, bound: Value, collation: Collation | undefined): ValueTest {
  if (isRegex(bound)) throw badValue(`Can't have RegEx as arg to predicate over field '${operator}'.`);
  const holds = HOLDS[operator];
  const includesEqual = holds(0);
  if (bound === null || bound === undefined) {
    return (value) => includesEqual && (value === null || value === undefined);
  }
  if (isNumber(bound)) return compileNumberRange(bound, holds, includesEqual);
  if (bound instanceof MinKey || bound instanceof MaxKey) return (value) => holds(compareValues(value, bound));
  const rank = typeRank(bound);
  return (value) => value !== undefined && typeRank(value) === rank && holds(compareValues(value, bound, collation));
}

/** NaN is in no range, but equals itself where the operator includes equality. */
function compileNumberRange(bound: NumberValue, holds: (order: number) => boolean, includesEqual: boolean): ValueTest {
  if (isNaNValue(bound)) return (value) => includesEqual && isNumber(value) && isNaNValue(value);
  return (value) => isNumber(value) && !isNaNValue(value) && holds(compareNumbers(value, bound));
}

/** Whether the value equals one of the list, or matches a regular expression in it. */
export function compileMembership(operator: string, list: Value, collation: Collation | undefined): ValueTest {
  if (!Array.isArray(list)) throw badValue(`${operator} needs an array`);
  const elements = list as Value[];
  if (elements.some(isOperators)) throw badValue(`cannot nest $ under ${operator}`);
  const isOneOf = compileListTest(elements, collation);
  const patterns = elements
    .filter(isRegex)
    .map((element) => compileRegexTest(compileRegex(element, undefined), element));
  if (patterns.length === 0) return isOneOf;
  return (value) => isOneOf(value) || patterns.some((matches) => matches(value));
}

const isOperators = (element: Value): boolean =>
  isDocument(element) && (Object.keys(element)[0] ?? '').startsWith('$') && !('$ref' in element);

function compileListTest(elements: readonly Value[], collation: Collation | undefined): ValueTest {
  const keys = new Set(elements.map((element) => hashKey(element ?? null, collation)));
  const hasContainers = elements.some((element) => Array.isArray(element) || asDocument(element) !== undefined);
  // A large document or array is not worth a key where nothing in the list could equal it.
  return (value) => (hasContainers || !isContainer(value)) && keys.has(hashKey(value ?? null, collation));
}
