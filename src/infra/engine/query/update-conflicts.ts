import { conflictingUpdateOperators } from '../errors.js';
import { isIndex, splitPath } from '../values/path.js';

/**
 * Checks that no two changes touch the same field, or a field and one within it.
 *
 * @throws {EngineError} 40 naming both.
 */
export function checkConflicts(paths: readonly string[]): void {
  const sorted = paths.map(splitPath);
  for (const [at, path] of sorted.entries()) {
    for (const earlier of sorted.slice(0, at)) {
      const common = commonLength(earlier, path);
      if (common === earlier.length || common === path.length || mixesElements(earlier[common], path[common])) {
        const at = path.slice(0, Math.max(common, 1)).join('.');
        throw conflictingUpdateOperators(`Updating the path '${path.join('.')}' would create a conflict at '${at}'`);
      }
    }
  }
}

function commonLength(left: readonly string[], right: readonly string[]): number {
  let length = 0;
  while (length < left.length && length < right.length && left[length] === right[length]) length += 1;
  return length;
}

/** All elements of an array at once and one of them by its number. */
const mixesElements = (left: string | undefined, right: string | undefined): boolean =>
  left?.startsWith('$[') !== right?.startsWith('$[');

/** Changes are made in the order of their paths: names by their characters, numbers by their value. */
export function inOrderOfPaths<T extends { readonly paths: readonly string[] }>(actions: readonly T[]): T[] {
  return actions
    .map((action) => ({ action, path: splitPath(action.paths[0] ?? '') }))
    .toSorted((left, right) => comparePaths(left.path, right.path))
    .map(({ action }) => action);
}

function comparePaths(left: readonly string[], right: readonly string[]): number {
  const at = commonLength(left, right);
  const [a, b] = [left[at], right[at]];
  if (a === undefined || b === undefined) return left.length - right.length;
  if (isIndex(a) && isIndex(b)) return Number(a) - Number(b);
  return a < b ? -1 : 1;
}
