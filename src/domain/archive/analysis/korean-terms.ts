import { isSyllable } from './hangul.js';
import type { Morpheme } from './morpheme-analyzer.js';

/** What a word tells by its own meaning counts fully; verbs say less than nouns do, and what only joins words says little. */
const MORPHEME_WEIGHTS: ReadonlyMap<string, number> = new Map([
  ...weighing(1, 'NNG NNP NR XR MAG SN SH'),
  ...weighing(0.8, 'VV VA'),
  ...weighing(0.5, 'NP NNB MM IC MAJ XPN XSN VX VCN'),
]);

/** Of all syllable pairs of a word by the root of their number: a long word does not say more only because it has more of them. */
const BIGRAM_WEIGHT = 0.56;
/** Of the last syllable of a word and the first of the next: finds what somebody else writes as one word. */
const SEAM_WEIGHT = 0.22;
const COMPOUND_WEIGHT = 0.15;
const MAX_COMPOUND_SYLLABLES = 12;

/** Where a query's word only ends a sentence, its bigrams say how it is asked and not what. */
const TAIL_TAGS = /^(?:EF|EP|EC|ETM|VCP|VX|S.)$/;
const TAIL_FACTOR = 0;
const SEAM_OF_TAIL_FACTOR = 0.8;

const NOUN_TAGS = /^(?:NNG|NNP|NNB|XR|XPN|XSN|SN)$/;

/** Particles and endings that the analyzer leaves on words it does not know. */
const LEFT_ON = /(?:으로|에서|에게|까지|부터|하는|하다|하기|했다|해서|해요|하고|[을를이가은는에로와과도의만])$/;

export type WeightedTerm = {
  readonly term: string;
  /** How much it says when somebody asks with it. */
  readonly weight: number;
};

/** The lemma, without particle or ending. */
export const morphemeTerm = (text: string): string => `m${text}`;
export const bigramTerm = (text: string): string => `b${text}`;

/** The terms of Korean words: lemmas, compounds of nouns, and bigrams of syllables within a word and across the space after it. */
export function* koreanTerms(
  words: readonly string[],
  morphemes: readonly (readonly Morpheme[])[],
): Generator<WeightedTerm, void> {
  let before = '';
  for (const [at, word] of words.entries()) {
    const ofWord = morphemes[at] ?? [];
    yield* lemmas(ofWord);
    yield* compounds(word, ofWord);
    yield* bigrams(word, ofWord);
    const runs = hangulRuns(word);
    const [first = '', last = ''] = [runs[0]?.charAt(0), runs.at(-1)?.slice(-1)];
    if (before !== '' && first !== '') yield { term: bigramTerm(before + first), weight: SEAM_WEIGHT };
    before = last;
  }
}

function* lemmas(morphemes: readonly Morpheme[]): Generator<WeightedTerm, void> {
  for (const { text, tag } of morphemes) {
    const weight = MORPHEME_WEIGHTS.get(tag);
    if (weight !== undefined && /[가-힣ㄱ-ㅣ]/.test(text)) yield { term: morphemeTerm(text), weight };
  }
}

/**
 * Nouns in a row as one, because a foreign word is often split wrongly, as into 리 and 트라이, and others write it with a space.
 * And a word that the analyzer does not know, without what it left on it.
 */
function* compounds(word: string, morphemes: readonly Morpheme[]): Generator<WeightedTerm, void> {
  for (const row of nounRows(morphemes)) {
    const compound = row.join('');
    if (row.length > 1 && compound.length <= MAX_COMPOUND_SYLLABLES) {
      yield { term: morphemeTerm(compound), weight: COMPOUND_WEIGHT };
    }
  }
  const [first] = morphemes;
  if (first === undefined || first.text.length < 3 || !NOUN_TAGS.test(first.tag) || !word.startsWith(first.text))
    return;
  const stem = first.text.replace(LEFT_ON, '');
  if (stem !== first.text && stem.length > 1) yield { term: morphemeTerm(stem), weight: 1 };
}

function nounRows(morphemes: readonly Morpheme[]): string[][] {
  const rows: string[][] = [[]];
  for (const { text, tag } of morphemes) {
    if (NOUN_TAGS.test(tag) && text !== 'A') rows.at(-1)?.push(text);
    else rows.push([]);
  }
  return rows;
}

function* bigrams(word: string, morphemes: readonly Morpheme[]): Generator<WeightedTerm, void> {
  const runs = hangulRuns(word);
  const syllables = runs.reduce((sum, run) => sum + run.length, 0);
  const weight = BIGRAM_WEIGHT / Math.sqrt(Math.max(1, syllables - 1));
  const contentEnd = Math.max(morphemes.length > 0 ? 1 : 0, syllables - tailSyllables(morphemes));
  let place = 0;
  for (const run of runs) {
    for (let at = 0; at + 1 < run.length; at++) {
      const start = place + at;
      const factor = start + 1 < contentEnd ? 1 : start < contentEnd ? SEAM_OF_TAIL_FACTOR : TAIL_FACTOR;
      yield { term: bigramTerm(run.slice(at, at + 2)), weight: weight * factor };
    }
    place += run.length;
  }
}

function tailSyllables(morphemes: readonly Morpheme[]): number {
  let count = 0;
  for (const { text, tag } of morphemes.toReversed()) {
    if (!TAIL_TAGS.test(tag)) break;
    count += Array.from(text).filter(isSyllable).length;
  }
  return count;
}

function hangulRuns(word: string): string[] {
  return word.match(/[가-힣]+/g) ?? [];
}

function weighing(weight: number, tags: string): [tag: string, weight: number][] {
  return tags.split(' ').map((tag) => [tag, weight]);
}
