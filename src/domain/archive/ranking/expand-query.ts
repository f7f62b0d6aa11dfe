import type { Query } from '../analysis/analyze-query.js';
import { bigramTerm, morphemeTerm } from '../analysis/korean-terms.js';
import { irregularForms } from '../analysis/loan-words.js';
import { synonymsOf } from '../analysis/synonyms.js';
import { codeTerm } from '../analysis/text-terms.js';
import { idf, MOST_PER_IDF } from './bm25.js';
import { contentWordsOf } from './content-words.js';

/** Why a piece was found. */
export type MatchedBy = 'WORD' | 'IDENTIFIER' | 'SYLLABLES' | 'SYNONYM' | 'LOAN_WORD' | 'SPELLING' | 'KEYBOARD';

/** A term to look for. */
export type AskedTerm = {
  readonly term: string;
  /** Its idf times what it says in the question. */
  readonly value: number;
  readonly matchedBy: MatchedBy;
};

export type ExpandedQuery = {
  /** Those that misspelled words were taken to mean come last. */
  readonly terms: readonly AskedTerm[];
  /** Whether misspelled words are all that the question is about: else what is found by one alone, such as 정렬 by 고양이 정럴, is more likely something else. */
  readonly isAllMisspelled: boolean;
  /** What no piece can score more than by the terms that were asked themselves. */
  readonly ideal: number;
};

/** What an index knows about words. */
export type Vocabulary = {
  readonly pieces: number;
  /** In how many pieces a term is. */
  piecesWith(term: string): number;
  /** Words, without their kind, that are the same foreign word written otherwise. */
  soundingLike(word: string): readonly string[];
  /** Words, without their kind, that `word` may be a misspelling of. */
  misspelledAs(word: string): readonly string[];
};

const SYNONYM_FACTOR = 0.45;
const IRREGULAR_LOAN_FACTOR = 0.8;
const LOAN_FACTOR = 0.7;
const SPELLING_FACTOR = 0.7;
const KEYBOARD_FACTOR = 0.8;

/** In a smaller index a word that stands for another counts as it would among so many pieces: in one of a single piece, whatever is there is in all of them and says nothing. */
const MIN_PIECES = 20;

/** How many stretches of unknown syllables are compared with known words, and how many known words one of them may stand for. */
const MAX_STRETCHES = 40;
const MAX_CORRECTIONS = 4;
const MAX_STRETCH_SYLLABLES = 6;

/** Adds to the asked terms what they may stand for in this index. What was asked literally counts most. */
export function expandQuery(query: Query, vocabulary: Vocabulary): ExpandedQuery {
  const asked = new AskedTerms(vocabulary);
  for (const [term, weight] of query.terms) if (weight > 0) asked.literal(term, weight);
  for (const [term, weight] of query.terms) {
    if (isWord(term)) expandWord(asked, vocabulary, term, weight);
  }
  for (const word of query.words) {
    const whole = wholeWordOf(word);
    if (whole !== null) expandWord(asked, vocabulary, morphemeTerm(whole), 1);
    expandUnknownStretches(asked, vocabulary, word);
  }
  for (const { typedTerm, terms } of query.retyped) {
    if (typedTerm !== '' && vocabulary.piecesWith(typedTerm) > 0) continue;
    for (const [term, weight] of terms)
      asked.instead(typedTerm.slice(1), term, {
        weight: weight * KEYBOARD_FACTOR,
        rarity: Infinity,
        matchedBy: 'KEYBOARD',
      });
  }
  const { terms, ideal, misspelled } = asked.done();
  const isAllMisspelled =
    misspelled.length > 0 && contentWordsOf(query).every((word) => misspelled.some((part) => word.includes(part)));
  return { terms, ideal: isAllMisspelled ? Math.min(ideal, idealOf(terms)) : ideal, isAllMisspelled };
}

/** What could be asked for if every word was spelled as the index has it: what a misspelled one falls apart into was meant by nobody. */
function idealOf(terms: readonly AskedTerm[]): number {
  return (
    terms.reduce((sum, { value, matchedBy }) => sum + (matchedBy === 'SPELLING' ? value / SPELLING_FACTOR : value), 0) *
    MOST_PER_IDF
  );
}

function expandWord(asked: AskedTerms, vocabulary: Vocabulary, term: string, weight: number): void {
  const word = term.slice(1);
  const known = vocabulary.piecesWith(term);
  const rarity = known > 0 ? idf(vocabulary.pieces, known) : Infinity;
  const add = (words: Iterable<string>, factor: number, matchedBy: MatchedBy): void => {
    for (const other of words) asked.instead(word, termOf(other), { weight: weight * factor, rarity, matchedBy });
  };
  add(irregularForms(word), IRREGULAR_LOAN_FACTOR, 'LOAN_WORD');
  add(vocabulary.soundingLike(word), LOAN_FACTOR, 'LOAN_WORD');
  add(synonymsOf(word), SYNONYM_FACTOR, 'SYNONYM');
  if (known === 0) add(vocabulary.misspelledAs(word).slice(0, MAX_CORRECTIONS), SPELLING_FACTOR, 'SPELLING');
}

/** The longest beginning of a word that the tables know as one, which the analyzer may have split: 엔진엑스, 재실행. */
function wholeWordOf(word: string): string | null {
  for (let length = Math.min(word.length, MAX_STRETCH_SYLLABLES); length >= 3; length--) {
    const start = word.slice(0, length);
    if (irregularForms(start).length > 0 || synonymsOf(start).size > 0) return start;
  }
  return null;
}

/**
 * A misspelled word falls apart into morphemes that nobody meant. Where two syllables stand side by side that never do in this index,
 * the stretches around them are compared with its words.
 */
function expandUnknownStretches(asked: AskedTerms, vocabulary: Vocabulary, word: string): void {
  const tried = new Set<string>();
  for (let at = 0; at + 1 < word.length; at++) {
    if (vocabulary.piecesWith(bigramTerm(word.slice(at, at + 2))) > 0) continue;
    for (const stretch of stretchesAround(word, at)) {
      if (tried.size >= MAX_STRETCHES) return;
      if (tried.has(stretch)) continue;
      tried.add(stretch);
      for (const meant of vocabulary.misspelledAs(stretch).slice(0, MAX_CORRECTIONS)) {
        asked.instead(stretch, termOf(meant), { weight: SPELLING_FACTOR, rarity: Infinity, matchedBy: 'SPELLING' });
      }
    }
  }
}

/** Longest first; of two syllables only at the start, where a word is likeliest to be. */
function* stretchesAround(word: string, at: number): Generator<string, void> {
  for (let length = Math.min(MAX_STRETCH_SYLLABLES, word.length); length >= 2; length--) {
    for (let start = Math.max(0, at + 2 - length); start <= at && start + length <= word.length; start++) {
      if (length > 2 || start === 0) yield word.slice(start, start + length);
    }
  }
}

/** Terms by what they are worth; one that is found in two ways keeps the better one. */
class AskedTerms {
  readonly #terms = new Map<string, AskedTerm>();
  readonly #vocabulary: Vocabulary;
  readonly #misspelled = new Set<string>();
  #ideal = 0;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** An unknown word is something that was asked for and is not there; the syllables of an unknown word are not missed a second time. */
  literal(term: string, weight: number): void {
    const known = this.#vocabulary.piecesWith(term);
    const value = weight * idf(this.#vocabulary.pieces, known);
    if (known > 0) this.#terms.set(term, { term, value, matchedBy: literalKind(term) });
    if (known > 0 || isWord(term)) this.#ideal += value * MOST_PER_IDF;
  }

  /** Of `word`; a rare word in place of a common one is worth no more than that, and none more than one that the index does not know. */
  instead(word: string, term: string, { weight, rarity, matchedBy }: Substitute): void {
    const known = this.#vocabulary.piecesWith(term);
    if (known === 0) return;
    if (matchedBy === 'SPELLING') this.#misspelled.add(word);
    const { pieces } = this.#vocabulary;
    const value = weight * Math.min(rarity, idf(pieces, 0), idf(Math.max(pieces, MIN_PIECES), known));
    if (value > (this.#terms.get(term)?.value ?? 0)) this.#terms.set(term, { term, value, matchedBy });
  }

  done(): { terms: AskedTerm[]; ideal: number; misspelled: string[] } {
    const isGuess = ({ matchedBy }: AskedTerm): number => (matchedBy === 'SPELLING' ? 1 : 0);
    const terms = [...this.#terms.values()].toSorted((a, b) => isGuess(a) - isGuess(b));
    return { terms, ideal: this.#ideal, misspelled: [...this.#misspelled] };
  }
}

/** How a term stands for a word: what it says, and the idf of the word, Infinity for one that the index does not know. */
type Substitute = { readonly weight: number; readonly rarity: number; readonly matchedBy: MatchedBy };

function literalKind(term: string): MatchedBy {
  if (term.startsWith('m')) return 'WORD';
  return term.startsWith('i') ? 'IDENTIFIER' : 'SYLLABLES';
}

function isWord(term: string): boolean {
  return term.startsWith('m') || term.startsWith('i');
}

function termOf(word: string): string {
  return /^[가-힣]/.test(word) ? morphemeTerm(word) : codeTerm(word);
}
