import { livingCount, type Part } from './part.js';

/** Each part is to have at least twice as many pieces as the next one, and no more deleted entries than living ones. */
export function isMergeDue(parts: readonly Part[], at: number): boolean {
  const part = parts[at];
  const next = parts[at + 1];
  if (part === undefined) return false;
  if (part.deletedCount > livingCount(part)) return true;
  return next !== undefined && part.segment.pieceCount < 2 * next.segment.pieceCount;
}

/**
 * Where the smallest merge that is due begins; -1 if none is. Equal parts are so merged two by two: one after another into the same part, the first pieces
 * would be merged as often as there are parts.
 */
export function smallestDue(parts: readonly Part[]): number {
  let smallest = -1;
  let leastPieces = Infinity;
  for (const [at, { segment }] of parts.entries()) {
    const pieces = segment.pieceCount + (parts[at + 1]?.segment.pieceCount ?? 0);
    if (pieces >= leastPieces || !isMergeDue(parts, at)) continue;
    smallest = at;
    leastPieces = pieces;
  }
  return smallest;
}
