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
  return {
    segment,
    deleted,
    deletedCount: deleted.reduce((sum, flag) => sum + flag, 0),
    totalLength: segment.pieceLengths.reduce((sum, code) => sum + lengthOf(code), 0),
  };
}

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
