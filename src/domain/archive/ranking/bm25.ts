import { lengthOf } from '../index/segment.js';

/** How soon more occurrences stop to matter, and how much a long piece is held against itself. */
const K1 = 0.6;
const B = 0.6;

/** What one occurrence counts at least, however long the piece is: as BM25+ has it (Lv and Zhai, 2011). */
const FLOOR = 0.06;

/** A rare word says more than by the textbook; tuned. */
const IDF_POWER = 1.1;

/** No term gets more than this times its idf. */
export const MOST_PER_IDF = (K1 + 1) * (1 + FLOOR);

/** How much of that a piece gets that has the term `count` times. @param norm What its length is weighed as, see {@link lengthNorms}. */
export function shareOfMost(count: number, norm: number): number {
  return (FLOOR + count / (count + norm)) / (1 + FLOOR);
}

/**
 * How rare a term is among `pieces`. Robertson's form with 1 added inside the logarithm, so that it is above 0
 * even for a term that every piece has, and an archive of one entry works.
 */
export function idf(pieces: number, piecesWithTerm: number): number {
  const odds = (pieces - piecesWithTerm + 0.5) / (piecesWithTerm + 0.5);
  return Math.log(1 + Math.max(0, odds)) ** IDF_POWER;
}

/** What a count is weighed against, for each length code. */
export function lengthNorms(averageLength: number): Float32Array {
  const average = Math.max(1, averageLength);
  return Float32Array.from({ length: 256 }, (_, code) => K1 * (1 - B + (B * lengthOf(code)) / average));
}
