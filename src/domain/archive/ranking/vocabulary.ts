import { isSameLoanWord } from '../analysis/loan-words.js';
import { isMisspelling } from '../analysis/misspellings.js';
import { soundKeysOf, termsUnder, typoKeysOf } from '../index/neighbours.js';
import type { Part } from '../index/part.js';
import { findTerm, pieceCountOf, termAt } from '../index/segment.js';
import type { Vocabulary } from './expand-query.js';

/** What the parts of an index know together. Deleted entries count until they are merged away. */
export function vocabularyOf(parts: readonly Part[]): Vocabulary {
  const known = new Map<string, number>();
  const piecesWith = (term: string): number => {
    const counted = known.get(term);
    if (counted !== undefined) return counted;
    const count = parts.reduce((sum, { segment }) => {
      const number = findTerm(segment, term);
      return number < 0 ? sum : sum + pieceCountOf(segment, number);
    }, 0);
    known.set(term, count);
    return count;
  };
  return {
    pieces: parts.reduce((sum, { segment }) => sum + segment.pieceCount, 0),
    piecesWith,
    soundingLike: (word) => wordsUnder(parts, soundKeysOf(word)).filter((other) => isSameLoanWord(word, other)),
    misspelledAs: (word) => wordsUnder(parts, typoKeysOf(word)).filter((other) => isMisspelling(word, other)),
  };
}

function wordsUnder(parts: readonly Part[], keys: readonly number[]): string[] {
  const words = new Set<string>();
  for (const { segment } of parts) {
    for (const term of termsUnder(segment, keys)) words.add(termAt(segment, term).slice(1));
  }
  return [...words];
}
