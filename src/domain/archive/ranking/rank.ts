import type { Query } from '../analysis/analyze-query.js';
import type { TextRange } from '../analysis/cut-pieces.js';
import { categoryTerm, tagTerm } from '../index/build-segment.js';
import type { Part } from '../index/part.js';
import { entryIdAt, hasTerm } from '../index/segment.js';
import { BestPieces, type FoundPiece } from './best-pieces.js';
import { lengthNorms, MOST_PER_IDF, shareOfMost } from './bm25.js';
import { expandQuery, type AskedTerm, type ExpandedQuery, type MatchedBy } from './expand-query.js';
import { searchedPart, type SearchedPart } from './searched-part.js';
import { vocabularyOf } from './vocabulary.js';

export type SearchOptions = {
  /** At most so many hits. */
  readonly limit: number;
  /** Only entries of this category. */
  readonly category?: string;
  /** Only entries that have all of these tags. */
  readonly tags?: readonly string[];
  /** Only entries that score at least this. @default MIN_SCORE */
  readonly minScore?: number;
};

export type SearchHit = {
  readonly entryId: string;
  /** 0 to 1: how much of what was asked the best piece says. */
  readonly score: number;
  /** The best piece of the content. */
  readonly piece: TextRange;
  /** Every way in which the piece was found. */
  readonly matchedBy: readonly MatchedBy[];
  /** Lemmas and parts of identifiers by which it was found, for marking them. */
  readonly matchedWords: readonly string[];
  /** Syllables side by side by which it was found. */
  readonly matchedPairs: readonly string[];
};

/** Below it only scraps agree, such as an ending or a particle: that is no match. */
export const MIN_SCORE = 0.1;

/** The best entries, best first; of equal ones the older part's, and then the lower id, first. None if nothing matches. */
export function rank(parts: readonly Part[], query: Query, options: SearchOptions): SearchHit[] {
  const searched = parts.map(searchedPart);
  const vocabulary = vocabularyOf(searched);
  const expanded = expandQuery(query, vocabulary);
  const { terms, ideal } = expanded;
  if (terms.length === 0) return [];
  const totalLength = parts.reduce((sum, part) => sum + part.totalLength, 0);
  const norms = lengthNorms(totalLength / vocabulary.pieces);
  const best = new BestPieces(options.limit, (options.minScore ?? MIN_SCORE) * ideal);
  for (const part of searched) {
    const wanted = wantedPieces(part, options);
    if (wanted !== 'NONE') collect(best, part, scorePieces(part, expanded, norms), wanted);
  }
  return best.found().map((found) => hitOf(found, terms, ideal));
}

/** Kept between calls, which do not overlap: a large array is dear to make. */
let scratch = new Float32Array(0);

function scorePieces(
  { part: { segment }, numberOf }: SearchedPart,
  { terms, isAllMisspelled }: ExpandedQuery,
  norms: Float32Array,
): Float32Array {
  if (scratch.length < segment.pieceCount) scratch = new Float32Array(segment.pieceCount);
  const scores = scratch.subarray(0, segment.pieceCount).fill(0);
  const { postingOffsets, postingPieces, postingCounts, pieceLengths } = segment;
  for (const { term, value, matchedBy } of terms) {
    const number = numberOf(term);
    if (number < 0) continue;
    const most = value * MOST_PER_IDF;
    const needsSupport = matchedBy === 'SPELLING' && !isAllMisspelled;
    const end = postingOffsets[number + 1] ?? 0;
    for (let at = postingOffsets[number] ?? 0; at < end; at++) {
      const piece = postingPieces[at] ?? 0;
      if (needsSupport && scores[piece] === 0) continue;
      const count = postingCounts[at] ?? 0;
      const norm = norms[pieceLengths[piece] ?? 0] ?? 0;
      scores[piece] = (scores[piece] ?? 0) + most * shareOfMost(count, norm);
    }
  }
  return scores;
}

/** The pieces of one entry lie side by side. */
function collect(best: BestPieces, searched: SearchedPart, scores: Float32Array, wanted: Uint8Array | 'ALL'): void {
  const { part } = searched;
  const { pieceEntries } = part.segment;
  for (let piece = 0; piece < scores.length;) {
    let top = piece;
    const entry = pieceEntries[piece] ?? 0;
    const first = piece++;
    while (piece < scores.length && pieceEntries[piece] === entry) {
      if ((scores[piece] ?? 0) > (scores[top] ?? 0)) top = piece;
      piece++;
    }
    const score = scores[top] ?? 0;
    if (!best.takes(score) || part.deleted[entry] === 1) continue;
    if (wanted !== 'ALL' && wanted[first] === 0) continue;
    best.add({ searched, piece: top, score });
  }
}

/** 1 for each piece that has the category and all tags. */
function wantedPieces(
  { part: { segment }, numberOf }: SearchedPart,
  { category, tags = [] }: SearchOptions,
): Uint8Array | 'ALL' | 'NONE' {
  const terms = [...(category === undefined ? [] : [categoryTerm(category)]), ...new Set(tags.map(tagTerm))];
  if (terms.length === 0) return 'ALL';
  const counts = new Uint8Array(segment.pieceCount);
  for (const term of terms) {
    const number = numberOf(term);
    if (number < 0) return 'NONE';
    const end = segment.postingOffsets[number + 1] ?? 0;
    for (let at = segment.postingOffsets[number] ?? 0; at < end; at++) {
      const piece = segment.postingPieces[at] ?? 0;
      counts[piece] = (counts[piece] ?? 0) + 1;
    }
  }
  return counts.map((count) => (count === terms.length ? 1 : 0));
}

function hitOf({ searched, piece, score }: FoundPiece, terms: readonly AskedTerm[], ideal: number): SearchHit {
  const { segment } = searched.part;
  const matched = terms.filter(({ term }) => {
    const number = searched.numberOf(term);
    return number >= 0 && hasTerm(segment, piece, number);
  });
  const wordsOf = (isPair: boolean): string[] =>
    matched.filter(({ matchedBy }) => (matchedBy === 'SYLLABLES') === isPair).map(({ term }) => term.slice(1));
  return {
    entryId: entryIdAt(segment, segment.pieceEntries[piece] ?? 0),
    score: Math.min(1, score / ideal),
    piece: { start: segment.pieceStarts[piece] ?? 0, end: segment.pieceEnds[piece] ?? 0 },
    matchedBy: [...new Set(matched.map(({ matchedBy }) => matchedBy))],
    matchedWords: wordsOf(false),
    matchedPairs: wordsOf(true),
  };
}
