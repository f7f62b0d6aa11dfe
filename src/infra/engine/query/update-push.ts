import { badValue } from '../errors.js';
import { sortValues } from '../expression/array-sort.js';
import type { QueryEnv } from '../values/env.js';
import { integerOf } from '../values/numbers.js';
import { splitPath } from '../values/path.js';
import { show } from '../values/show.js';
import { isDocument, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { describeId } from './update-describe.js';
import type { Change } from './update-path.js';

type Modifiers = {
  readonly each: readonly Value[];
  /** Where the new elements go; counted from the end if negative. @default at the end */
  readonly position?: number;
  readonly sort?: (array: readonly Value[]) => Value[];
  /** How many elements are kept: the first, or the last if negative. */
  readonly slice?: number;
};

/** Appends, then sorts, then cuts. */
export function compilePush(path: string, argument: Value, env: QueryEnv): (original: Document) => Change {
  const { each, position, sort, slice } = readModifiers(path, argument, env);
  return (original) => (current, place) => {
    if (current !== undefined && !Array.isArray(current)) {
      throw badValue(
        `The field '${place}' must be an array but is of type ${typeName(current)} in document ${describeId(original)}`,
      );
    }
    const array = (current ?? []) as readonly Value[];
    const at = position === undefined ? array.length : position < 0 ? Math.max(0, array.length + position) : position;
    const joined = [...array.slice(0, at), ...each, ...array.slice(at)];
    const sorted = sort === undefined ? joined : sort(joined);
    if (slice === undefined) return sorted;
    return slice < 0 ? sorted.slice(slice) : sorted.slice(0, slice);
  };
}

function readModifiers(path: string, argument: Value, env: QueryEnv): Modifiers {
  if (!isDocument(argument) || !('$each' in argument)) return { each: [argument] };
  const known = ['$each', '$position', '$slice', '$sort'];
  const unknown = Object.keys(argument).find((name) => !known.includes(name));
  if (unknown !== undefined) throw badValue(`Unrecognized clause in $push: ${unknown}`);
  if (!Array.isArray(argument.$each)) {
    throw badValue(`The argument to $each in $push must be an array but it was of type: ${typeName(argument.$each)}`);
  }
  return {
    each: argument.$each as Value[],
    ...('$position' in argument && { position: integerFor('$position', argument.$position) }),
    ...('$slice' in argument && { slice: integerFor('$slice', argument.$slice) }),
    ...('$sort' in argument && { sort: compilePushSort(path, argument.$sort, env) }),
  };
}

function integerFor(clause: string, value: Value): number {
  const number = integerOf(value);
  if (number === undefined) {
    throw badValue(`The value for ${clause} must be an integer value but was given type: ${typeName(value)}`);
  }
  return number;
}

function compilePushSort(path: string, sortBy: Value, env: QueryEnv): (array: readonly Value[]) => Value[] {
  if (isDocument(sortBy)) {
    for (const [name, direction] of Object.entries(sortBy)) {
      if (splitPath(name).includes('')) {
        throw badValue(`The $sort field is a dotted field but has an empty part: ${name}`);
      }
      const number = integerOf(direction);
      if (number !== 1 && number !== -1) throw badValue(`The $sort element value must be either 1 or -1 in '${path}'`);
    }
    if (Object.keys(sortBy).length === 0) {
      throw badValue('The $sort pattern is empty when it should be a set of fields.');
    }
  } else if (integerOf(sortBy) === undefined) {
    throw badValue(
      `The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields, not ${show(sortBy)}`,
    );
  }
  return sortValues(sortBy, env);
}
