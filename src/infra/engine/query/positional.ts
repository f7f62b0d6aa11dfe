import type { QueryEnv } from '../values/env.js';
import { isIndex, splitPath, valueAt } from '../values/path.js';
import { isTruthy } from '../values/truth.js';
import { asDocument, isDocument } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { isOperatorDocument } from './field-test.js';
import { compileFilter, compileValueTest } from './filter.js';

/** The index of the element of an array that satisfied the filter; undefined if the filter says nothing of that array. */
export type Positional = (this: void, document: Document, arrayPath: string) => number | undefined;

/** A condition of the filter that an element of some array has satisfied. */
type Condition = {
  readonly path: string;
  /** The index in the array at `arrayPath` that satisfied the condition. */
  readonly find: (array: readonly Value[], arrayPath: string) => number | undefined;
};

export function compilePositional(filter: Document, env: QueryEnv): Positional {
  const conditions = conditionsOf(filter, env);
  return (document, arrayPath) => {
    const array = valueAt(document, splitPath(arrayPath));
    if (!Array.isArray(array)) return undefined;
    for (const { path, find } of conditions) {
      if (!isOnArray(path, arrayPath)) continue;
      const index = find(array as Value[], arrayPath);
      if (index !== undefined) return index;
    }
    return undefined;
  };
}

const isOnArray = (path: string, arrayPath: string): boolean =>
  path === arrayPath || path.startsWith(`${arrayPath}.`) || arrayPath.startsWith(`${path}.`);

function conditionsOf(filter: Document, env: QueryEnv): Condition[] {
  return Object.entries(filter).flatMap(([name, value]) => {
    if (!name.startsWith('$')) {
      const positive = positivePart(value);
      return positive === undefined ? [] : [conditionOf(name, positive, env)];
    }
    if ((name !== '$and' && name !== '$or') || !Array.isArray(value)) return [];
    return value.flatMap((branch) => (isDocument(branch) ? conditionsOf(branch, env) : []));
  });
}

/** What a condition asks for; what it only rules out, no element has satisfied. Undefined if it asks for nothing. */
function positivePart(condition: Value): Value {
  if (!isOperatorDocument(condition)) return condition;
  const operators = Object.entries(condition).filter(
    ([name, argument]) => !NEGATIONS.has(name) && (name !== '$exists' || isTruthy(argument)),
  );
  return operators.length === 0 ? undefined : Object.fromEntries(operators);
}

const NEGATIONS = new Set(['$ne', '$nin', '$not']);

function conditionOf(path: string, value: Value, env: QueryEnv): Condition {
  return {
    path,
    find(array, arrayPath) {
      if (path === arrayPath) return findElement(array, value, env);
      if (arrayPath.startsWith(`${path}.`)) return findThrough(array, path, arrayPath, value, env);
      return findByField(array, path.slice(arrayPath.length + 1), value, env);
    },
  };
}

function findElement(array: readonly Value[], condition: Value, env: QueryEnv): number | undefined {
  for (const test of elementTests(condition, env)) {
    const index = array.findIndex(test);
    if (index >= 0) return index;
  }
  return undefined;
}

function elementTests(condition: Value, env: QueryEnv): ((element: Value) => boolean)[] {
  if (isOperatorDocument(condition)) {
    if ('$elemMatch' in condition) return [elemMatchTest(condition.$elemMatch, env)];
    if (Array.isArray(condition.$all)) return condition.$all.flatMap((part) => elementTests(part, env));
    return ofElements(condition).map((asked) => elementTest(asked, env));
  }
  return [elementTest(condition, env)];
}

function elementTest(condition: Value, env: QueryEnv): (element: Value) => boolean {
  const test = compileValueTest(condition, env);
  return (element) => test(Array.isArray(element) ? [element] : element);
}

/** What a condition asks of the elements. Its `$type` may be theirs, or else that of the array. */
function ofElements(condition: Document): Document[] {
  const asked = Object.entries(condition).filter(([name]) => !OF_THE_WHOLE.has(name));
  const untyped = asked.filter(([name]) => name !== '$type');
  return [asked, untyped].filter(({ length }) => length > 0).map((operators) => Object.fromEntries(operators));
}

/** What is asked of an array and not of its elements. */
const OF_THE_WHOLE = new Set(['$exists', '$size']);

function elemMatchTest(condition: Value, env: QueryEnv): (element: Value) => boolean {
  const test = compileValueTest({ $elemMatch: condition }, env);
  return (element) => test([element]);
}

/** Asked of each element. One that the path names by its place, as `a.0.b` does, was not found. */
function findByField(array: readonly Value[], rest: string, condition: Value, env: QueryEnv): number | undefined {
  const matches = compileFilter({ [rest]: condition }, env);
  const index = array.findIndex((element) => {
    const document = asDocument(element);
    return document !== undefined && matches(document);
  });
  return index < 0 ? undefined : index;
}

/** The filter reached the array from within an `$elemMatch` on one above it. */
function findThrough(
  array: readonly Value[],
  path: string,
  arrayPath: string,
  condition: Value,
  env: QueryEnv,
): number | undefined {
  if (!isOperatorDocument(condition) || !isDocument(condition.$elemMatch)) return undefined;
  const below = splitPath(arrayPath.slice(path.length + 1))
    .filter((part) => !isIndex(part))
    .join('.');
  for (const inner of conditionsOf(condition.$elemMatch, env)) {
    if (!isOnArray(inner.path, below)) continue;
    const index = inner.find(array, below);
    if (index !== undefined) return index;
  }
  return undefined;
}
