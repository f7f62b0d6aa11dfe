import { located } from '../errors.js';
import type { QueryEnv } from '../values/env.js';
import { hashKey } from '../values/hash.js';
import { isTruthy } from '../values/truth.js';
import { isNullish, typeName } from '../values/types.js';
import type { Value } from '../values/types.js';
import { binary, unary, variadic } from './operator.js';
import type { Operators } from './operator.js';

type Keyed = Map<string, Value>;

/** Each different element once, the first of those that are equal. */
function keyed(values: readonly Value[], env: QueryEnv): Keyed {
  const set: Keyed = new Map();
  for (const value of values) {
    const key = hashKey(value, env.collation);
    if (!set.has(key)) set.set(key, value);
  }
  return set;
}

function checkArray(value: Value, name: string, code: number, which: string): Value[] {
  if (!Array.isArray(value)) {
    throw located(code, `${which} of ${name} must be an array. Argument is of type: ${typeName(value)}`);
  }
  return value as Value[];
}

function union(values: readonly Value[], name: string, env: QueryEnv): Value {
  const set: Keyed = new Map();
  for (const value of values) {
    if (isNullish(value)) return null;
    for (const [key, element] of keyed(checkArray(value, name, 17043, 'All operands'), env)) {
      if (!set.has(key)) set.set(key, element);
    }
  }
  return [...set.values()];
}

function intersection(values: readonly Value[], name: string, env: QueryEnv): Value {
  let common: Keyed | undefined;
  for (const value of values) {
    if (isNullish(value)) return null;
    const next = keyed(checkArray(value, name, 17047, 'All operands'), env);
    common = common === undefined ? next : new Map([...common].filter(([key]) => next.has(key)));
  }
  return [...(common?.values() ?? [])];
}

function difference(left: Value, right: Value, name: string, env: QueryEnv): Value {
  if (isNullish(left) || isNullish(right)) return null;
  const from = keyed(checkArray(left, name, 17048, 'both operands'), env);
  const without = keyed(checkArray(right, name, 17049, 'both operands'), env);
  return [...from].filter(([key]) => !without.has(key)).map(([, value]) => value);
}

function isEqual(values: readonly Value[], name: string, env: QueryEnv): Value {
  const [first, ...others] = values.map((value) => keyed(checkArray(value, name, 17044, 'All operands'), env));
  return others.every((other) => first?.size === other.size && [...other.keys()].every((key) => first.has(key)));
}

function isSubset(left: Value, right: Value, name: string, env: QueryEnv): Value {
  const inner = keyed(checkArray(left, name, 17046, 'both operands'), env);
  const outer = keyed(checkArray(right, name, 17042, 'both operands'), env);
  return [...inner.keys()].every((key) => outer.has(key));
}

/** Arrays as sets: order and repetitions do not count. Results keep the order of first appearance. */
export const SETS: Operators = {
  $setUnion: variadic(union),
  $setIntersection: variadic(intersection),
  $setDifference: binary(difference),
  $setEquals: variadic(isEqual, { least: 2 }),
  $setIsSubset: binary(isSubset),
  $anyElementTrue: unary((value, name) => checkArray(value, name, 17041, 'the argument').some(isTruthy)),
  $allElementsTrue: unary((value, name) => checkArray(value, name, 17040, 'the argument').every(isTruthy)),
};
