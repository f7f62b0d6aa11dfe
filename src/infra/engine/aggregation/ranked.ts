import { located } from '../errors.js';
import { compileExpression } from '../expression/expression.js';
import { compileSortKeys } from '../query/sort.js';
import type { SortKey } from '../query/sort.js';
import { compareValues } from '../values/compare.js';
import type { QueryEnv } from '../values/env.js';
import { integerOf } from '../values/numbers.js';
import { show } from '../values/show.js';
import { roughSize } from '../values/size.js';
import { isDocument, isNullish } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import type { Accumulator, CompileAccumulator } from './accumulator.js';

type Entry<Key> = { readonly key: Key; readonly value: Value };

/** Keeps the entries that come first in an order; of equal ones those that came first. */
function keepFirst<Key>(most: number, compare: (left: Key, right: Key) => number) {
  let entries: Entry<Key>[] = [];
  const sort = () => {
    entries = entries.toSorted((left, right) => compare(left.key, right.key)).slice(0, most);
  };
  return {
    add(key: Key, value: Value): number {
      entries.push({ key, value });
      if (entries.length > most * 2 + 16) sort();
      // What takes the place of another entry is taken to be of its size.
      return entries.length <= most ? roughSize(value) : 0;
    },
    result(): Value[] {
      sort();
      return entries.map(({ value }) => value);
    },
  };
}

/** `{ input, n }`. */
const inputAndCount =
  (
    begin: (count: number, env: QueryEnv) => { readonly add: (value: Value) => number; readonly result: () => Value },
  ): CompileAccumulator =>
  (argument, env, name) => {
    const parts = partsOf(argument, name, ['input', 'n']);
    const input = compileExpression(parts.input, env);
    const count = compileExpression(parts.n, env);
    return (groupKey) => {
      const { add, result } = begin(countOf(count(groupKey), name), env);
      return { add: (document) => add(input(document)), result };
    };
  };

const firstN = inputAndCount((count) => {
  const values: Value[] = [];
  return {
    add(value) {
      if (values.length >= count) return 0;
      values.push(value ?? null);
      return roughSize(value);
    },
    result: () => values,
  };
});

const lastN = inputAndCount((count) => {
  const values: Value[] = [];
  return {
    add(value) {
      values.push(value ?? null);
      if (values.length > count) values.shift();
      return values.length < count ? roughSize(value) : 0;
    },
    result: () => values,
  };
});

/** The least (1) or greatest (-1) values that are neither null nor missing. */
const extremeN = (sign: 1 | -1): CompileAccumulator =>
  inputAndCount((count, env) => {
    const kept = keepFirst<Value>(count, (left, right) => compareValues(left, right, env.collation) * sign);
    return { add: (value) => (isNullish(value) ? 0 : kept.add(value, value)), result: () => kept.result() };
  });

/** `{ sortBy, output }`, with `n` or as the only one; by the sort (1) or from its end (-1). */
const ranked =
  (end: 1 | -1, isSingle: boolean): CompileAccumulator =>
  (argument, env, name) => {
    const parts = partsOf(argument, name, isSingle ? ['sortBy', 'output'] : ['n', 'sortBy', 'output']);
    if (!isDocument(parts.sortBy)) {
      throw located(5788604, `expected 'sortBy' to already be an object in the arguments to ${name}`);
    }
    const { keyOf, compare } = compileSortKeys(parts.sortBy, env.collation);
    const output = compileExpression(parts.output, env);
    const count = isSingle ? () => undefined : compileExpression(parts.n, env);
    return (groupKey): Accumulator => {
      const kept = keepFirst<SortKey>(
        isSingle ? 1 : countOf(count(groupKey), name),
        (left, right) => compare(left, right) * end,
      );
      return {
        add: (document: Document) => kept.add(keyOf(document), output(document) ?? null),
        result: () => (isSingle ? (kept.result()[0] ?? null) : end > 0 ? kept.result() : kept.result().toReversed()),
      };
    };
  };

function partsOf(argument: Value, name: string, needed: readonly string[]): Document {
  if (!isDocument(argument)) {
    throw located(5787801, `specification must be an object; found ${name}: ${show(argument)}`);
  }
  const unknown = Object.keys(argument).find((part) => !needed.includes(part));
  if (unknown !== undefined) throw located(5787901, `Unknown argument to ${name}: ${unknown}`);
  const missing = needed.find((part) => !(part in argument));
  if (missing !== undefined) throw located(5787906, `Missing value for '${missing}' in ${name}`);
  return argument;
}

function countOf(value: Value, name: string): number {
  const count = integerOf(value);
  if (count === undefined) {
    throw located(5787902, `Value for 'n' must be of integral type, but found ${show(value)} in ${name}`);
  }
  if (count <= 0) throw located(5787908, `'n' must be greater than 0, found ${count} in ${name}`);
  return count;
}

/** The accumulators that keep some of what they are given. */
export const RANKED: Readonly<Record<string, CompileAccumulator>> = {
  $firstN: firstN,
  $lastN: lastN,
  $minN: extremeN(1),
  $maxN: extremeN(-1),
  $top: ranked(1, true),
  $bottom: ranked(-1, true),
  $topN: ranked(1, false),
  $bottomN: ranked(-1, false),
};
