import { inOtherLayout } from './keyboard.js';
import type { MorphemeAnalyzer } from './morpheme-analyzer.js';
import { readText } from './read-text.js';
import { codeTerm, textTerms } from './text-terms.js';

/** A question to the archive, analysed. */
export type Query = {
  /** What each term says, 0 and up; one that is asked twice says more. */
  readonly terms: ReadonlyMap<string, number>;
  /** Its Korean words as typed: where the morphemes are unknown, a word may be misspelled. */
  readonly words: readonly string[];
  /** What was meant if the keyboard was in the wrong language. */
  readonly retyped: readonly Retyped[];
};

/** Holds only where nothing is known by the term that was typed. */
export type Retyped = { readonly typedTerm: string; readonly terms: ReadonlyMap<string, number> };

/** UTF-16 code units of the composed text (NFC); what comes after is not searched for. */
export const MAX_QUERY_CHARS = 500;

export async function analyzeQuery(analyzer: MorphemeAnalyzer, text: string): Promise<Query> {
  const asked = text.normalize('NFC').slice(0, MAX_QUERY_CHARS);
  const { codes, words } = readText(asked);
  const retyped: Retyped[] = [];
  for (const typed of [...codes, ...words]) {
    const meant = inOtherLayout(typed);
    if (meant === null) continue;
    const typedTerm = codes.includes(typed) ? codeTerm(typed.toLowerCase()) : '';
    retyped.push({ typedTerm, terms: await weightsOf(analyzer, meant) });
  }
  const plainWords = words.map((word) => word.replace(/[^가-힣]/g, '')).filter((word) => word.length > 1);
  return { terms: await weightsOf(analyzer, asked), words: plainWords, retyped };
}

async function weightsOf(analyzer: MorphemeAnalyzer, text: string): Promise<Map<string, number>> {
  const weights = new Map<string, number>();
  for (const { term, weight } of await textTerms(analyzer, text)) {
    weights.set(term, (weights.get(term) ?? 0) + weight);
  }
  return weights;
}
