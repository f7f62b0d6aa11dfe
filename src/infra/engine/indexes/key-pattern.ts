import { type Document, isNumber } from '../values/types.js';

/** Whether two key patterns name the same fields, in the same order, with the same directions. */
export function isSameKeyPattern(one: Document | undefined, other: Document | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const entries = Object.entries(one);
  const others = Object.entries(other);
  return (
    entries.length === others.length &&
    entries.every(([path, direction], i) => {
      const [otherPath, otherDirection] = others[i] ?? [];
      if (path !== otherPath) return false;
      return isNumber(direction) && isNumber(otherDirection)
        ? Number(direction) === Number(otherDirection)
        : direction === otherDirection;
    })
  );
}
