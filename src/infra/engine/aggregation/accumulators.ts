import { located } from '../errors.js';
import { compileExpression } from '../expression/expression.js';
import { compareValues } from '../values/compare.js';
import { Deviation } from '../values/deviation.js';
import type { QueryEnv } from '../values/env.js';
import { hashKey } from '../values/hash.js';
import { intOrLong, toDouble } from '../values/numbers.js';
import { putField } from '../values/path.js';
import { show } from '../values/show.js';
import { roughSize } from '../values/size.js';
import { Sum } from '../values/sum.js';
import { asDocument, isDocument, isNullish, isNumber, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import type { CompileAccumulator, NewAccumulator } from './accumulator.js';
import { RANKED } from './ranked.js';

/** @throws {EngineError} 15952 for an accumulator that is not known. */
export function compileAccumulator(name: string, argument: Value, env: QueryEnv): NewAccumulator {
  const compile = Object.hasOwn(ACCUMULATORS, name) ? ACCUMULATORS[name] : undefined;
  if (compile === undefined) throw located(15952, `unknown group operator '${name}'`);
  return compile(argument, env, name);
}

/** An accumulator of the values of one expression. */
const ofValues =
  (
    begin: (env: QueryEnv) => { readonly add: (value: Value) => number; readonly result: () => Value },
  ): CompileAccumulator =>
  (argument, env, name) => {
    if (Array.isArray(argument)) throw located(40237, `The ${name} accumulator is a unary operator`);
    const evaluate = compileExpression(argument, env);
    return () => {
      const { add, result } = begin(env);
      return { add: (document) => add(evaluate(document)), result };
    };
  };

const sum = ofValues(() => {
  const total = new Sum();
  return {
    add(value) {
      if (isNumber(value)) total.add(value);
      return 0;
    },
    result: () => total.total(),
  };
});

const average = ofValues(() => {
  const total = new Sum();
  return {
    add(value) {
      if (isNumber(value)) total.add(value);
      return 0;
    },
    result: () => total.average() ?? null,
  };
});

const deviation = (result: (gathered: Deviation) => Value): CompileAccumulator =>
  ofValues(() => {
    const gathered = new Deviation();
    return {
      add(value) {
        if (isNumber(value)) gathered.add(toDouble(value));
        return 0;
      },
      result: () => result(gathered),
    };
  });

/** The least (1) or greatest (-1) value that is neither null nor missing. */
const extreme = (sign: 1 | -1): CompileAccumulator =>
  ofValues((env) => {
    let best: Value = null;
    return {
      add(value) {
        if (!isNullish(value) && (best === null || compareValues(value, best, env.collation) * sign < 0)) best = value;
        return 0;
      },
      result: () => best,
    };
  });

const first = ofValues(() => {
  let value: Value;
  let isFirst = true;
  return {
    add(next) {
      if (isFirst) value = next;
      isFirst = false;
      return 0;
    },
    result: () => value ?? null,
  };
});

const last = ofValues(() => {
  let value: Value;
  return {
    add(next) {
      value = next;
      return 0;
    },
    result: () => value ?? null,
  };
});

const push = ofValues(() => {
  const values: Value[] = [];
  return {
    add(value) {
      if (value === undefined) return 0;
      values.push(value);
      return roughSize(value);
    },
    result: () => values,
  };
});

const addToSet = ofValues((env) => {
  const values = new Map<string, Value>();
  return {
    add(value) {
      if (value === undefined) return 0;
      const key = hashKey(value, env.collation);
      if (values.has(key)) return 0;
      values.set(key, value);
      return key.length + roughSize(value);
    },
    result: () => [...values.values()],
  };
});

const mergeObjects = ofValues(() => {
  const merged: Document = {};
  return {
    add(value) {
      if (isNullish(value)) return 0;
      const document = asDocument(value);
      if (document === undefined) {
        throw located(
          40400,
          `$mergeObjects requires object inputs, but input ${show(value)} is of type ${typeName(value)}`,
        );
      }
      for (const [name, field] of Object.entries(document)) putField(merged, name, field);
      return roughSize(document);
    },
    result: () => merged,
  };
});

const count: CompileAccumulator = (argument, _env, name) => {
  if (!isDocument(argument) || Object.keys(argument).length > 0) {
    throw located(15952, `${name} takes no arguments, i.e. ${name}:{}`);
  }
  return () => {
    let total = 0;
    return {
      add() {
        total += 1;
        return 0;
      },
      result: () => intOrLong(total),
    };
  };
};

const ACCUMULATORS: Readonly<Record<string, CompileAccumulator>> = {
  $sum: sum,
  $avg: average,
  $min: extreme(1),
  $max: extreme(-1),
  $first: first,
  $last: last,
  $push: push,
  $addToSet: addToSet,
  $mergeObjects: mergeObjects,
  $count: count,
  $stdDevPop: deviation((gathered) => gathered.ofPopulation()),
  $stdDevSamp: deviation((gathered) => gathered.ofSample()),
  ...RANKED,
};
