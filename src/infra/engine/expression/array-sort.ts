import { badValue } from '../errors.js';
import { compareValues } from '../values/compare.js';
import type { QueryEnv } from '../values/env.js';
import { integerOf } from '../values/numbers.js';
import { expressionValueAt, splitPath } from '../values/path.js';
import { show } from '../values/show.js';
import { isDocument } from '../values/types.js';
import type { Value } from '../values/types.js';

/**
 * Sorts a copy of an array: by the values themselves (`1`, `-1`) or by fields of its documents (`{ 'a.b': 1 }`), a missing
 * field before all others. Equal elements keep their order.
 *
 * @throws {EngineError} 2 for anything else.
 */
export function sortValues(sortBy: Value, env: QueryEnv): (array: readonly Value[]) => Value[] {
  if (!isDocument(sortBy)) {
    const direction = directionOf(sortBy);
    return (array) => array.toSorted((left, right) => direction * compareValues(left, right, env.collation));
  }
  const keys = Object.entries(sortBy).map(([path, direction]) => ({
    path: splitPath(path),
    direction: directionOf(direction),
  }));
  if (keys.length === 0) throw badValue('The $sort pattern is empty when it should be a set of fields.');
  return (array) =>
    array.toSorted((left, right) => {
      for (const { path, direction } of keys) {
        const order = compareValues(
          expressionValueAt(left, path) ?? null,
          expressionValueAt(right, path) ?? null,
          env.collation,
        );
        if (order !== 0) return order * direction;
      }
      return 0;
    });
}

function directionOf(value: Value): 1 | -1 {
  const direction = integerOf(value);
  if (direction !== 1 && direction !== -1) {
    throw badValue(`The $sort element value must be either 1 or -1, not ${show(value)}`);
  }
  return direction;
}
