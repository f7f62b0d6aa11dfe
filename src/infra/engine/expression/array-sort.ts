import { badValue } from '../errors.js';
import { compareValues } from '../values/compare.js';
import type { QueryEnv } from '../values/env.js';
import { integerOf } from '../values/numbers.js';
import { splitPath, valueAt } from '../values/path.js';
import type { Path } from '../values/path.js';
import { show } from '../values/show.js';
import { isDocument } from '../values/types.js';
import type { Value } from '../values/types.js';

/**
 * Sorts a copy of an array: by the values themselves (`1`, `-1`) or by fields of its documents (`{ 'a.b': 1 }`). What has
 * no such field counts as null. Equal elements keep their order.
 *
 * @throws {EngineError} 2 for anything else.
 */
export function sortValues(sortBy: Value, env: QueryEnv): (array: readonly Value[]) => Value[] {
  const keys = isDocument(sortBy) ? Object.entries(sortBy).map(keyOf) : [{ path: [], direction: directionOf(sortBy) }];
  if (keys.length === 0) throw badValue('The $sort pattern is empty when it should be a set of fields.');
  return (array) =>
    array.toSorted((left, right) => {
      env.checkTime();
      for (const { path, direction } of keys) {
        const order = compareValues(fieldAt(left, path), fieldAt(right, path), env.collation);
        if (order !== 0) return order * direction;
      }
      return 0;
    });
}

const keyOf = ([path, direction]: [string, Value]) => ({ path: splitPath(path), direction: directionOf(direction) });

function fieldAt(element: Value, path: Path): Value {
  if (path.length === 0) return element;
  return isDocument(element) ? (valueAt(element, path) ?? null) : null;
}

function directionOf(value: Value): 1 | -1 {
  const direction = integerOf(value);
  if (direction !== 1 && direction !== -1) {
    throw badValue(`The $sort element value must be either 1 or -1, not ${show(value)}`);
  }
  return direction;
}
