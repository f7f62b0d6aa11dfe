import { codeTerms } from './code-terms.js';
import { bigramTerm, koreanTerms, type WeightedTerm } from './korean-terms.js';
import type { MorphemeAnalyzer } from './morpheme-analyzer.js';
import { readText } from './read-text.js';

/** Changes whenever the same text may give other terms: what was stored under another version is stale. */
const TERMS_VERSION = 2;

/** Of the terms and of the morphemes they are made from. */
export function analyzerVersion(analyzer: MorphemeAnalyzer): string {
  return `terms/${TERMS_VERSION} ${analyzer.version}`;
}

/** A part of an identifier, a Latin word or a number. */
export const codeTerm = (text: string): string => `i${text}`;

const IDEOGRAPH_WEIGHT = 0.7;

/** Everything by which a text is found, one element for each time that it occurs. The same for any Unicode normal form. */
export async function textTerms(analyzer: MorphemeAnalyzer, text: string): Promise<WeightedTerm[]> {
  const { codes, words, ideographs } = readText(text);
  const terms: WeightedTerm[] = [];
  for (const code of codes) {
    for (const part of codeTerms(code)) terms.push({ term: codeTerm(part), weight: 1 });
  }
  for (const run of ideographs) {
    for (const pair of pairsOf(run)) terms.push({ term: bigramTerm(pair), weight: IDEOGRAPH_WEIGHT });
  }
  if (words.length > 0) terms.push(...koreanTerms(words, await analyzer.morphemesOf(words.join(' '))));
  return terms;
}

/**
 * The tokens of a text, in the order of reading within each kind; with `isDistinct` each only once. Ranking needs all of them, because BM25 counts; a name, such as a
 * tag, has a word or has it not.
 */
export async function tokensOf(
  analyzer: MorphemeAnalyzer,
  text: string,
  { isDistinct = false }: { readonly isDistinct?: boolean } = {},
): Promise<string[]> {
  const terms = (await textTerms(analyzer, text)).map(({ term }) => term);
  return isDistinct ? [...new Set(terms)] : terms;
}

function pairsOf(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return characters;
  return characters.slice(0, -1).map((character, at) => character + (characters[at + 1] ?? ''));
}
