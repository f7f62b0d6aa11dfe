import { isSameLoanWord } from '../analysis/loan-words.js';
import { isMisspelling } from '../analysis/misspellings.js';
import { soundKeysOf, termsUnder, typoKeysOf } from '../index/neighbours.js';
import { pieceCountOf, termAt } from '../index/segment.js';
import type { Vocabulary } from './expand-query.js';
import type { SearchedPart } from './searched-part.js';

/** What the parts of an index know together. Deleted entries count until they are merged away. */
export function vocabularyOf(parts: readonly SearchedPart[]): Vocabulary {
  const piecesWith = (term: string): number =>
    parts.reduce((sum, { part, numberOf }) => {
      const number = numberOf(term);
      return number < 0 ? sum : sum + pieceCountOf(part.segment, number);
    }, 0);
  return {
    pieces: parts.reduce((sum, { part }) => sum + part.segment.pieceCount, 0),
    piecesWith,
    soundingLike: (word) => wordsUnder(parts, soundKeysOf(word)).filter((other) => isSameLoanWord(word, other)),
    misspelledAs: (word) => wordsUnder(parts, typoKeysOf(word)).filter((other) => isMisspelling(word, other)),
  };
}

function wordsUnder(parts: readonly SearchedPart[], keys: readonly number[]): string[] {
  const words = new Set<string>();
  for (const { part } of parts) {
    for (const term of termsUnder(part.segment, keys)) words.add(termAt(part.segment, term).slice(1));
  }
  return [...words];
}
