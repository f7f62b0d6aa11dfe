import { categoryTerm, tagTerm } from './build-segment.js';
import { livingEntry, type Part } from './part.js';
import { findTerm, hasTerm, type Segment } from './segment.js';

/** Whether a part has an entry that is alive, of one of the categories (null: any), with all of the tags. */
export function entryFilter(
  part: Part,
  { categories, tags }: { categories: readonly string[] | null; tags: readonly string[] },
): (entryId: string) => boolean {
  const { segment } = part;
  const inCategories = categories?.map((category) => findTerm(segment, categoryTerm(category))) ?? null;
  const withTags = tags.map((tag) => findTerm(segment, tagTerm(tag)));
  return (entryId) => {
    const entry = livingEntry(part, entryId);
    if (entry < 0) return false;
    if (inCategories === null && withTags.length === 0) return true;
    const piece = firstPieceOf(segment, entry);
    const has = (term: number): boolean => term >= 0 && hasTerm(segment, piece, term);
    return (inCategories === null || inCategories.some(has)) && withTags.every(has);
  };
}

/** Every entry has one, and they stand in the order of their entries. */
function firstPieceOf({ pieceEntries }: Segment, entry: number): number {
  let low = 0;
  let high = pieceEntries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pieceEntries[middle] ?? 0) < entry) low = middle + 1;
    else high = middle;
  }
  return low;
}
