import { checkCategory, checkTags } from './check-entry.js';

/** A bounded view on an archive: what of it can be found, and how much of that at a time. */
export type ArchiveView = {
  /** Null: all. Empty: none. */
  readonly categories: readonly string[] | null;
  /** Only entries that have all of them. */
  readonly tags: readonly string[];
  /** Hits of one search. */
  readonly topK: number;
  /** 0 to 1, see `SearchHit.score`; null: whatever is a match at all. */
  readonly minScore: number | null;
};

export const MAX_TOP_K = 50;

export const WHOLE_ARCHIVE: ArchiveView = { categories: null, tags: [], topK: MAX_TOP_K, minScore: null };

/** What is asked for within what may be seen: never more than either. @throws {InvalidInputError} */
export function narrowView(
  view: ArchiveView,
  wanted: { category?: string | null; tags?: readonly string[]; topK?: number | null; minScore?: number | null },
): ArchiveView {
  const category = wanted.category == null ? null : checkCategory(wanted.category);
  const scores = [view.minScore, wanted.minScore ?? null].filter((score) => score !== null);
  return {
    categories: category === null ? view.categories : within(view.categories, category),
    tags: checkTags([...view.tags, ...(wanted.tags ?? [])]),
    topK: Math.min(view.topK, wanted.topK ?? view.topK),
    minScore: scores.length === 0 ? null : Math.max(...scores),
  };
}

function within(categories: ArchiveView['categories'], category: string): readonly string[] {
  return categories === null || categories.includes(category) ? [category] : [];
}
