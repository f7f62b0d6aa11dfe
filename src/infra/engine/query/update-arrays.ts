import { badValue, failedToParse, typeMismatch } from '../errors.js';
import type { QueryEnv } from '../values/env.js';
import { equalValues } from '../values/compare.js';
import { hashKey } from '../values/hash.js';
import { integerOf } from '../values/numbers.js';
import { show } from '../values/show.js';
import { asDocument, isDocument, isRegex, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { isOperatorDocument } from './field-test.js';
import { compileElementFilter, compileValueTest } from './filter.js';
import type { Change } from './update-path.js';

type CompiledChange = (original: Document) => Change;

/** Appends each value that no element equals. */
export function compileAddToSet(argument: Value, env: QueryEnv): CompiledChange {
  const each = eachOf(argument);
  return () => (current, place) => {
    if (current !== undefined && !Array.isArray(current)) {
      throw badValue(
        `Cannot apply $addToSet to non-array field. Field named '${place.slice(place.lastIndexOf('.') + 1)}' has non-array type ${typeName(current)}`,
      );
    }
    const array = [...((current ?? []) as readonly Value[])];
    const keys = new Set(array.map((element) => hashKey(element, env.collation)));
    for (const value of each) {
      const key = hashKey(value, env.collation);
      if (!keys.has(key)) array.push(value);
      keys.add(key);
    }
    return array;
  };
}

function eachOf(argument: Value): readonly Value[] {
  if (!isDocument(argument) || Object.keys(argument)[0] !== '$each') return [argument];
  const unknown = Object.keys(argument)[1];
  if (unknown !== undefined) throw badValue(`Found unexpected fields after $each in $addToSet: ${show(argument)}`);
  if (!Array.isArray(argument.$each)) {
    throw typeMismatch(
      `The argument to $each in $addToSet must be an array but it was of type ${typeName(argument.$each)}`,
    );
  }
  return argument.$each as Value[];
}

/** Takes off the last element (1) or the first (-1). */
export function compilePop(argument: Value): CompiledChange {
  const end = integerOf(argument);
  if (end !== 1 && end !== -1) throw failedToParse(`$pop expects 1 or -1, found: ${show(argument)}`);
  return () => (current, place) => {
    if (current === undefined) return undefined;
    if (!Array.isArray(current)) {
      throw typeMismatch(`Path '${place}' contains an element of non-array type '${typeName(current)}'`);
    }
    return end === 1 ? current.slice(0, -1) : current.slice(1);
  };
}

/** Takes out every element that satisfies the condition. */
export function compilePull(argument: Value, env: QueryEnv): CompiledChange {
  return cull(compilePullTest(argument, env));
}

export function compilePullAll(argument: Value, env: QueryEnv): CompiledChange {
  if (!Array.isArray(argument)) {
    throw badValue(`$pullAll requires an array argument but was given a ${typeName(argument)}`);
  }
  const keys = new Set(argument.map((value) => hashKey(value, env.collation)));
  return cull((element) => keys.has(hashKey(element, env.collation)));
}

const cull =
  (isTaken: (element: Value) => boolean): CompiledChange =>
  () =>
  (current) => {
    if (current === undefined) return undefined;
    if (!Array.isArray(current)) throw badValue('Cannot apply $pull to a non-array value');
    const kept = current.filter((element) => !isTaken(element));
    return kept.length === current.length ? current : kept;
  };

const LOGICAL = new Set(['$and', '$or', '$nor', '$expr']);

function compilePullTest(argument: Value, env: QueryEnv): (element: Value) => boolean {
  const isCondition = isOperatorDocument(argument) && !LOGICAL.has(Object.keys(argument)[0] ?? '');
  if (isCondition || isRegex(argument)) return compileValueTest(argument, env);
  if (!isDocument(argument)) return (element) => equalValues(element, argument, env.collation);
  const matches = compileElementFilter(argument, env);
  return (element) => {
    const document = asDocument(element);
    return document !== undefined && matches(document);
  };
}
