import { InvalidInputError } from '../../base/errors.js';
import type { Needs } from '../needs.js';
import { analyzeQuery, type Query } from './analysis/analyze-query.js';
import type { ArchiveEntry } from './archive-entry.js';
import type { ArchiveIndex } from './archive-index.js';
import type { ArchiveIndexes } from './archive-indexes.js';
import { MAX_TOP_K, type ArchiveView } from './archive-view.js';
import type { MatchedBy } from './ranking/expand-query.js';
import type { SearchHit } from './ranking/rank.js';
import { hitSnippet } from './hit-snippet.js';

/** UTF-16 code units. */
export const MAX_SEARCH_CHARS = 200;

export type ArchiveHit = {
  readonly entry: ArchiveEntry;
  /** 0 to 1; how well it fits what was asked. */
  readonly score: number;
  /** The passage that matched, with the match between « and ». */
  readonly snippet: string;
  readonly matchedBy: readonly MatchedBy[];
};

export type Searching = {
  readonly needs: Pick<Needs, 'archive' | 'morphemes'>;
  readonly archiveIndexes: ArchiveIndexes;
};

/**
 * What of one user's archive fits `query` best, best first; empty where nothing does. Reads the entries that it returns, and no others.
 *
 * @param view What may be found.
 * @throws {InvalidInputError} for a query that is blank or too long, and for a view without bounds.
 */
export async function searchArchive(
  { needs, archiveIndexes }: Searching,
  ownerId: string,
  query: string,
  view: ArchiveView,
): Promise<ArchiveHit[]> {
  checkSearch(query, view);
  const asked = await analyzeQuery(needs.morphemes, query);
  const index = await archiveIndexes.open(ownerId);
  const hits = searchView(index, asked, view);
  const ids = hits.map(({ entryId }) => entryId);
  const found = ids.length === 0 ? [] : await needs.archive.findMany(ownerId, ids);
  const entries = new Map(found.map((entry) => [entry.id, entry]));
  // What was deleted a moment ago is not there any more.
  return hits.flatMap(({ entryId, score, matchedBy, ...match }) => {
    const entry = entries.get(entryId);
    return entry ? [{ entry, score, matchedBy, snippet: hitSnippet(entry, query, match) }] : [];
  });
}

/** Scores do not depend on the category, so that those of several can be compared. */
function searchView(index: ArchiveIndex, query: Query, { categories, tags, topK, minScore }: ArchiveView): SearchHit[] {
  const options = { limit: topK, tags, ...(minScore !== null && { minScore }) };
  if (categories === null) return index.search(query, options);
  return categories
    .flatMap((category) => index.search(query, { ...options, category }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, topK);
}

function checkSearch(query: string, { topK, minScore }: ArchiveView): void {
  if (query.trim() === '' || query.length > MAX_SEARCH_CHARS || !query.isWellFormed())
    throw new InvalidInputError('query', `A search has 1 to ${MAX_SEARCH_CHARS} characters.`);
  if (!Number.isInteger(topK) || topK < 1 || topK > MAX_TOP_K)
    throw new InvalidInputError('first', `A search brings 1 to ${MAX_TOP_K} hits.`);
  if (minScore !== null && !(minScore >= 0 && minScore <= 1))
    throw new InvalidInputError('minScore', 'A score is a number from 0 to 1.');
}
