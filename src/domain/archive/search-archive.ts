import { InvalidInputError } from '../../base/errors.js';
import type { Needs } from '../needs.js';
import { analyzeQuery, type Query } from './analysis/analyze-query.js';
import type { ArchiveEntry } from './archive-entry.js';
import type { ArchiveIndex } from './archive-index.js';
import type { ArchiveIndexes } from './archive-indexes.js';
import { MAX_TOP_K, type ArchiveView } from './archive-view.js';
import { hitSnippet } from './hit-snippet.js';
import type { SearchHit } from './ranking/rank.js';
import type { ArchiveVectors, AskedVectors } from './vectors/archive-vectors.js';
import { withVectors, type FusedHit } from './vectors/with-vectors.js';

/** UTF-16 code units of the composed text (NFC): a Mac decomposes what is copied there. */
export const MAX_SEARCH_CHARS = 200;

export type ArchiveHit = {
  readonly entry: ArchiveEntry;
  /** 0 to 1; how well it fits what was asked. */
  readonly score: number;
  /** The passage that matched, with the match between « and ». */
  readonly snippet: string;
  readonly matchedBy: FusedHit['matchedBy'];
};

export type Searching = {
  readonly needs: Pick<Needs, 'archive' | 'morphemes'>;
  readonly archiveIndexes: ArchiveIndexes;
  /** Null: words alone. */
  readonly archiveVectors: ArchiveVectors | null;
};

/**
 * What of one user's archive fits `query` best, best first; empty where nothing does. Reads the entries that it returns, and no others.
 *
 * @param view What may be found.
 * @throws {InvalidInputError} for a query that is blank or too long, and for a view without bounds.
 */
export async function searchArchive(
  { needs, archiveIndexes, archiveVectors }: Searching,
  ownerId: string,
  query: string,
  view: ArchiveView,
): Promise<ArchiveHit[]> {
  checkSearch(query, view);
  const asked = await analyzeQuery(needs.morphemes, query);
  const index = await archiveIndexes.open(ownerId);
  const like = (await archiveVectors?.ask(ownerId, query.trim(), index)) ?? null;
  const hits = like === null ? searchWords(index, asked, view) : searchBoth(index, asked, view, like);
  const ids = hits.map(({ entryId }) => entryId);
  const found = ids.length === 0 ? [] : await needs.archive.findMany(ownerId, ids);
  const entries = new Map(found.map((entry) => [entry.id, entry]));
  // What was deleted a moment ago is not there any more, and what was changed may not mean the same.
  return hits.flatMap(({ entryId, score, matchedBy, onlyVersion, ...match }) => {
    const entry = entries.get(entryId);
    const isCurrent = onlyVersion === null || onlyVersion === entry?.version;
    return entry && isCurrent ? [{ entry, score, matchedBy, snippet: hitSnippet(entry, query, match) }] : [];
  });
}

function searchWords(index: ArchiveIndex, query: Query, view: ArchiveView): FusedHit[] {
  return searchView(index, query, view).map((hit) => ({ ...hit, onlyVersion: null }));
}

/** Each finds as many as a search may bring, so that what both find is seen as such. */
function searchBoth(index: ArchiveIndex, query: Query, view: ArchiveView, like: AskedVectors): FusedHit[] {
  const words = searchView(index, query, { ...view, topK: MAX_TOP_K, minScore: null });
  const fused = withVectors(words, like.search(MAX_TOP_K, index.filter(view)));
  return fused.filter(({ score }) => score >= (view.minScore ?? 0)).slice(0, view.topK);
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
  if (query.trim() === '') throw new InvalidInputError('query', 'A search cannot be blank.');
  checkSearchText('query', query);
  if (!Number.isInteger(topK) || topK < 1 || topK > MAX_TOP_K)
    throw new InvalidInputError('first', `A search brings 1 to ${MAX_TOP_K} hits.`);
  if (minScore !== null && !(minScore >= 0 && minScore <= 1))
    throw new InvalidInputError('minScore', 'A score is a number from 0 to 1.');
}

/** @throws {InvalidInputError} for one that is too long, or is no text. */
export function checkSearchText(field: string, text: string): void {
  if (!text.isWellFormed()) throw new InvalidInputError(field, 'The text is not well-formed Unicode.');
  if (text.normalize('NFC').length > MAX_SEARCH_CHARS)
    throw new InvalidInputError(field, `A search has at most ${MAX_SEARCH_CHARS} characters.`);
}
