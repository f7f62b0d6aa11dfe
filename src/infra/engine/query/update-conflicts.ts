import { conflictingUpdateOperators } from '../errors.js';
import { isIndex, splitPath } from '../values/path.js';
import type { Path } from '../values/path.js';

type Node = { readonly children: Map<string, Node>; isChanged: boolean };

const newNode = (): Node => ({ children: new Map(), isChanged: false });

/**
 * Checks that no two changes touch the same field, or a field and one within it, or one element and all of its array.
 *
 * @throws {EngineError} 40 naming both.
 */
export function checkConflicts(paths: readonly string[]): void {
  const root = newNode();
  for (const path of paths) {
    const parts = splitPath(path);
    let node = root;
    for (const [at, part] of parts.entries()) {
      if (node.isChanged || mixesElements(node, part)) throw conflict(path, parts.slice(0, at));
      node = childOf(node, part);
    }
    if (node.isChanged || node.children.size > 0) throw conflict(path, parts);
    node.isChanged = true;
  }
}

function childOf(node: Node, part: string): Node {
  const child = node.children.get(part) ?? newNode();
  node.children.set(part, child);
  return child;
}

const isAllElements = (part: string): boolean => part.startsWith('$[');

function mixesElements({ children }: Node, part: string): boolean {
  const [known] = children.keys();
  return known !== undefined && isAllElements(known) !== isAllElements(part);
}

const conflict = (path: string, at: readonly string[]): Error =>
  conflictingUpdateOperators(`Updating the path '${path}' would create a conflict at '${at.join('.')}'`);

/** Changes are made in the order of their paths: names by their characters, numbers by their value. */
export function inOrderOfPaths<T extends { readonly paths: readonly string[] }>(actions: readonly T[]): T[] {
  return actions
    .map((action) => ({ action, path: splitPath(action.paths[0] ?? '') }))
    .toSorted((left, right) => comparePaths(left.path, right.path))
    .map(({ action }) => action);
}

function comparePaths(left: Path, right: Path): number {
  const at = commonLength(left, right);
  const [a, b] = [left[at], right[at]];
  if (a === undefined || b === undefined) return left.length - right.length;
  if (isIndex(a) && isIndex(b)) return Number(a) - Number(b);
  return a < b ? -1 : 1;
}

function commonLength(left: Path, right: Path): number {
  let length = 0;
  while (length < left.length && length < right.length && left[length] === right[length]) length += 1;
  return length;
}
