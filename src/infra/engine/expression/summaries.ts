import type { QueryEnv } from '../values/env.js';
import { compareValues } from '../values/compare.js';
import { Deviation } from '../values/deviation.js';
import { toDouble } from '../values/numbers.js';
import { Sum } from '../values/sum.js';
import { isNullish, isNumber } from '../values/types.js';
import type { Value } from '../values/types.js';
import { compileArguments } from './operator.js';
import type { Operator, Operators } from './operator.js';

/** One argument that is an array stands for its elements; several arguments stand for themselves. */
const summary =
  (summarize: (values: readonly Value[], env: QueryEnv) => Value): Operator =>
  (argument, compiler, name) => {
    const list = compileArguments(argument, compiler, name, { least: 0, most: Number.POSITIVE_INFINITY });
    const [only] = list;
    const { env } = compiler;
    if (only !== undefined && list.length === 1) {
      return (root, bindings) => {
        const value = only(root, bindings);
        return summarize(Array.isArray(value) ? (value as Value[]) : [value], env);
      };
    }
    return (root, bindings) =>
      summarize(
        list.map((evaluate) => evaluate(root, bindings)),
        env,
      );
  };

function sumOf(values: readonly Value[]): Sum {
  const sum = new Sum();
  for (const value of values) if (isNumber(value)) sum.add(value);
  return sum;
}

function deviationOf(values: readonly Value[]): Deviation {
  const deviation = new Deviation();
  for (const value of values) if (isNumber(value)) deviation.add(toDouble(value));
  return deviation;
}

/** The least (sign 1) or greatest (sign -1) value that is neither null nor missing; null of none. */
function extremeOf(values: readonly Value[], sign: 1 | -1, env: QueryEnv): Value {
  let best: Value = null;
  for (const value of values) {
    if (isNullish(value)) continue;
    if (best === null || compareValues(value, best, env.collation) * sign < 0) best = value;
  }
  return best;
}

/** The accumulators that are expressions too. What is no number counts for nothing. */
export const SUMMARIES: Operators = {
  $sum: summary((values) => sumOf(values).total()),
  $avg: summary((values) => sumOf(values).average() ?? null),
  $min: summary((values, env) => extremeOf(values, 1, env)),
  $max: summary((values, env) => extremeOf(values, -1, env)),
  $stdDevPop: summary((values) => deviationOf(values).ofPopulation()),
  $stdDevSamp: summary((values) => deviationOf(values).ofSample()),
};
