import { findEntry, lengthOf, type Segment } from './segment.js';

/** A segment of an index with those of its entries that were deleted since. */
export type Part = {
  readonly segment: Segment;
  /** One byte an entry: 1 if it was deleted. */
  readonly deleted: Uint8Array;
  readonly deletedCount: number;
  /** All terms of all pieces. */
  readonly totalLength: number;
};

export function partOf(segment: Segment, deleted = new Uint8Array(segment.entryCount)): Part {
  let deletedCount = 0;
  for (const flag of deleted) deletedCount += flag;
  let totalLength = 0;
  for (const code of segment.pieceLengths) totalLength += LENGTHS[code] ?? 0;
  return { segment, deleted, deletedCount, totalLength };
}

const LENGTHS = Float64Array.from({ length: 256 }, (_, code) => lengthOf(code));

export function livingCount({ segment, deletedCount }: Part): number {
  return segment.entryCount - deletedCount;
}

/** The entry's number in the part; -1 if it is not there or was deleted. */
export function livingEntry({ segment, deleted }: Part, entryId: string): number {
  const entry = findEntry(segment, entryId);
  return entry >= 0 && deleted[entry] === 0 ? entry : -1;
}

/** The part without `entry`. The flags are changed in place. */
export function withoutEntry(part: Part, entry: number): Part {
  part.deleted[entry] = 1;
  return { ...part, deletedCount: part.deletedCount + 1 };
}
