import { Int32 } from 'bson';
import { located } from '../errors.js';
import { checkBounds } from '../values/bounds.js';
import { equalValues } from '../values/compare.js';
import type { QueryEnv } from '../values/env.js';
import { integerOf, intOf } from '../values/numbers.js';
import { isDocument, isNullish, isNumber, typeName } from '../values/types.js';
import type { Value } from '../values/types.js';
import { sortValues } from './array-sort.js';
import { binary, nothing, unary, variadic } from './operator.js';
import type { Operator, Operators } from './operator.js';

function size(value: Value): Value {
  if (!Array.isArray(value)) {
    throw located(17124, `The argument to $size must be an array, but was of type: ${typeName(value)}`);
  }
  return new Int32(value.length);
}

function elementAt(array: Value, index: Value): Value {
  if (isNullish(array) || isNullish(index)) return null;
  if (!Array.isArray(array)) {
    throw located(28689, `$arrayElemAt's first argument must be an array, but is ${typeName(array)}`);
  }
  if (!isNumber(index)) {
    throw located(28690, `$arrayElemAt's second argument must be a numeric value, but is ${typeName(index)}`);
  }
  const at = intOf(index);
  if (at === undefined) {
    throw located(28691, "$arrayElemAt's second argument must be representable as a 32-bit integer");
  }
  return array.at(at);
}

const endElement = (at: 0 | -1): Operator =>
  unary((array, name) => {
    if (isNullish(array)) return null;
    if (!Array.isArray(array)) throw located(28689, `${name}'s argument must be an array, but is ${typeName(array)}`);
    return array.at(at);
  });

/** `[array, n]` or `[array, position, n]`; negative numbers count from the end. */
function slice(values: readonly Value[]): Value {
  if (values.some(isNullish)) return null;
  const [array, first, second] = values;
  if (!Array.isArray(array)) {
    throw located(28724, `First argument to $slice must be an array, but is of type: ${typeName(array)}`);
  }
  const start = sliceNumber(first, 'Second', [28725, 28726]);
  if (values.length === 2) return start >= 0 ? array.slice(0, start) : array.slice(start);
  const count = sliceNumber(second, 'Third', [28727, 28728]);
  if (count <= 0) throw located(28729, `Third argument to $slice must be positive: ${count}`);
  const from = start >= 0 ? start : Math.max(0, array.length + start);
  return array.slice(from, from + count);
}

function sliceNumber(value: Value, which: string, codes: readonly [type: number, range: number]): number {
  if (!isNumber(value)) {
    throw located(codes[0], `${which} argument to $slice must be numeric, but is of type: ${typeName(value)}`);
  }
  const number = intOf(value);
  if (number === undefined) {
    throw located(codes[1], `${which} argument to $slice can't be represented as a 32-bit integer`);
  }
  return number;
}

function concatArrays(values: readonly Value[]): Value {
  const joined: Value[] = [];
  for (const value of values) {
    if (isNullish(value)) return null;
    if (!Array.isArray(value)) throw located(28664, `$concatArrays only supports arrays, not ${typeName(value)}`);
    for (const element of value as Value[]) joined.push(element);
  }
  return checkBounds(joined);
}

function contains(value: Value, array: Value, _name: string, env: QueryEnv): Value {
  if (!Array.isArray(array)) {
    throw located(40081, `$in requires an array as a second argument, found: ${typeName(array)}`);
  }
  return array.some((element) => equalValues(element, value, env.collation));
}

function indexOfArray(values: readonly Value[], name: string, env: QueryEnv): Value {
  const [array, wanted, start = new Int32(0), end] = values;
  if (isNullish(array)) return null;
  if (!Array.isArray(array)) {
    throw located(40090, `$indexOfArray requires an array as a first argument, found: ${typeName(array)}`);
  }
  const from = bound(start, 'starting', name);
  const to = end === undefined ? array.length : Math.min(array.length, bound(end, 'ending', name));
  for (let at = from; at < to; at += 1) if (equalValues(array[at], wanted, env.collation)) return new Int32(at);
  return new Int32(-1);
}

function bound(value: Value, which: string, name: string): number {
  const number = intOf(value);
  if (number === undefined) {
    throw located(40096, `${name} requires an integral ${which} index, found a value of type: ${typeName(value)}`);
  }
  if (number < 0) throw located(40097, `${name} requires a nonnegative ${which} index, found: ${number}`);
  return number;
}

function reverse(value: Value): Value {
  if (isNullish(value)) return null;
  if (!Array.isArray(value)) {
    throw located(34435, `The argument to $reverseArray must be an array, but was of type: ${typeName(value)}`);
  }
  return value.toReversed();
}

const MAX_RANGE = 4_000_000;

function range(values: readonly Value[]): Value {
  const [start, end, step] = [values[0], values[1], values.length > 2 ? values[2] : new Int32(1)].map((value, at) => {
    const number = intOf(value);
    if (!isNumber(value)) {
      throw located(34443 + at * 2, `$range requires numeric arguments, found value of type: ${typeName(value)}`);
    }
    if (number === undefined) {
      throw located(34444 + at * 2, '$range requires arguments that can be represented as 32-bit integers');
    }
    return number;
  }) as [number, number, number];
  if (step === 0) throw located(34449, '$range requires a non-zero step value');
  const length = Math.max(0, Math.ceil((end - start) / step));
  if (length > MAX_RANGE) throw located(146, '$range would use too much memory');
  return Array.from({ length }, (_, at) => new Int32(start + at * step));
}

const zip: Operator = (argument, { compile }) => {
  if (!isDocument(argument)) {
    throw located(34460, `$zip only supports an object as an argument, found ${typeName(argument)}`);
  }
  const unknown = Object.keys(argument).find((part) => !['inputs', 'useLongestLength', 'defaults'].includes(part));
  if (unknown !== undefined) throw located(34464, `$zip found an unknown argument: ${unknown}`);
  if (!Array.isArray(argument.inputs)) throw located(34461, 'inputs must be an array of expressions');
  if (argument.inputs.length === 0) throw located(34465, '$zip requires at least one input array');
  const inputs = argument.inputs.map((input) => compile(input));
  const useLongest = argument.useLongestLength === true;
  const defaults = Array.isArray(argument.defaults) ? argument.defaults.map((value) => compile(value)) : [];
  if (defaults.length > 0 && !useLongest) {
    throw located(34466, 'cannot specify defaults unless useLongestLength is true');
  }
  if (defaults.length > 0 && defaults.length !== inputs.length) {
    throw located(34467, 'defaults and inputs must have the same length');
  }
  return (root, bindings) => {
    const arrays = inputs.map((input) => input(root, bindings));
    if (arrays.some(isNullish)) return null;
    const lengths = arrays.map((array) => {
      if (!Array.isArray(array)) throw located(34468, `$zip found a non-array expression in input: ${typeName(array)}`);
      return array.length;
    });
    const length = useLongest ? Math.max(...lengths) : Math.min(...lengths);
    const rows = Array.from({ length }, (_, row) =>
      arrays.map((array, column) => (array as Value[])[row] ?? (defaults[column] ?? nothing)(root, bindings) ?? null),
    );
    return checkBounds(rows);
  };
};

/** `{ n, input }`: some of the elements of an array. */
const someElements =
  (choose: (array: readonly Value[], count: number, env: QueryEnv) => Value[]): Operator =>
  (argument, { compile, env }, name) => {
    if (!isDocument(argument)) {
      throw located(5787801, `specification must be an object; found ${name}: ${typeName(argument)}`);
    }
    const unknown = Object.keys(argument).find((part) => part !== 'n' && part !== 'input');
    if (unknown !== undefined) throw located(5787901, `Unknown argument for 'n' operator: ${unknown}`);
    if (!('n' in argument)) throw located(5787906, "Missing value for 'n'");
    if (!('input' in argument)) throw located(5787907, "Missing value for 'input'");
    const n = compile(argument.n);
    const input = compile(argument.input);
    return (root, bindings) => {
      const count = integerOf(n(root, bindings));
      if (count === undefined) throw located(5787902, "Value for 'n' must be of integral type");
      if (count <= 0) throw located(5787908, `'n' must be greater than 0, found ${count}`);
      const array = input(root, bindings);
      if (!Array.isArray(array)) throw located(5788200, `Input must be an array`);
      return choose(array as Value[], count, env);
    };
  };

const sortArray: Operator = (argument, { compile, env }) => {
  if (!isDocument(argument)) {
    throw located(2942500, `$sortArray requires an object as an argument, found: ${typeName(argument)}`);
  }
  const unknown = Object.keys(argument).find((part) => part !== 'input' && part !== 'sortBy');
  if (unknown !== undefined) throw located(2942501, `$sortArray found an unknown argument: ${unknown}`);
  if (!('input' in argument)) throw located(2942502, "$sortArray requires 'input' to be specified");
  if (!('sortBy' in argument)) throw located(2942503, "$sortArray requires 'sortBy' to be specified");
  const input = compile(argument.input);
  const sort = sortValues(argument.sortBy, env);
  return (root, bindings) => {
    const array = input(root, bindings);
    if (isNullish(array)) return null;
    if (!Array.isArray(array)) {
      throw located(2942504, `The input argument to $sortArray must be an array, but was of type: ${typeName(array)}`);
    }
    return sort(array as Value[]);
  };
};

const ascending = (array: readonly Value[], env: QueryEnv): Value[] =>
  sortValues(new Int32(1), env)(array.filter((value) => !isNullish(value)));

const descending = (array: readonly Value[], env: QueryEnv): Value[] =>
  sortValues(new Int32(-1), env)(array.filter((value) => !isNullish(value)));

export const ARRAYS: Operators = {
  $size: unary(size),
  $arrayElemAt: binary(elementAt),
  $first: endElement(0),
  $last: endElement(-1),
  $slice: variadic(slice, { least: 2, most: 3 }),
  $concatArrays: variadic(concatArrays),
  $in: binary(contains),
  $indexOfArray: variadic(indexOfArray, { least: 2, most: 4 }),
  $isArray: unary((value) => Array.isArray(value)),
  $reverseArray: unary(reverse),
  $range: variadic(range, { least: 2, most: 3 }),
  $zip: zip,
  $sortArray: sortArray,
  $firstN: someElements((array, count) => array.slice(0, count)),
  $lastN: someElements((array, count) => array.slice(-count)),
  $minN: someElements((array, count, env) => ascending(array, env).slice(0, count)),
  $maxN: someElements((array, count, env) => descending(array, env).slice(0, count)),
};
