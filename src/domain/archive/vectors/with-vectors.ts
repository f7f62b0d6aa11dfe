import type { MatchedBy } from '../ranking/expand-query.js';
import { fuse } from '../ranking/fuse.js';
import type { SearchHit } from '../ranking/rank.js';
import type { VectorHit } from './vector-index.js';

/** A hit of the archive, by its words, by what it means, or by both. */
export type FusedHit = Omit<SearchHit, 'matchedBy'> & {
  readonly matchedBy: readonly (MatchedBy | 'VECTOR')[];
  /** Of the entry that its vector was made of; null where words found it. */
  readonly onlyVersion: number | null;
};

/**
 * Both lists as one, best first. The first hit gets the higher of the two lists' best scores, and each other hit its share of that: so scores still tell how well something fits.
 *
 * @param vectors Scores are 0 for what has nothing in common, and 1 for the same.
 */
export function withVectors(
  words: readonly SearchHit[],
  vectors: readonly (VectorHit & { readonly score: number })[],
): FusedHit[] {
  const fused = fuse(words, vectors);
  const most = Math.max(0, ...words.map(({ score }) => score), ...vectors.map(({ score }) => score));
  const best = fused[0]?.score ?? 1;
  const byWords = new Map(words.map((hit) => [hit.entryId, hit]));
  const byVector = new Map(vectors.map((hit) => [hit.entryId, hit]));
  return fused.flatMap(({ entryId, score }): FusedHit[] => {
    const scaled = (score / best) * most;
    const found = byWords.get(entryId);
    const like = byVector.get(entryId);
    if (found) {
      const matchedBy = like ? [...found.matchedBy, 'VECTOR' as const] : found.matchedBy;
      return [{ ...found, score: scaled, matchedBy, onlyVersion: null }];
    }
    if (!like) return [];
    const { piece, version } = like;
    return [
      {
        entryId,
        score: scaled,
        piece,
        matchedBy: ['VECTOR'],
        matchedWords: [],
        matchedPairs: [],
        onlyVersion: version,
      },
    ];
  });
}
