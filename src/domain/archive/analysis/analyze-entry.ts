import { setImmediate } from 'node:timers/promises';
import { cutPieces } from './cut-pieces.js';
import type { MorphemeAnalyzer } from './morpheme-analyzer.js';
import { analyzerVersion, tokensOf } from './text-terms.js';

/** What of an entry is searched. */
export type EntryText = {
  readonly title: string;
  readonly summary: string;
  readonly content: string;
  readonly tags: readonly string[];
};

/** What is kept of an entry for its search, as plain JSON; the content itself is not in it. */
export type StoredTokens = {
  /** Tokens of another version than `analyzerVersion` tells are to be made again. */
  readonly version: string;
  readonly pieces: readonly StoredPiece[];
};

/** A part of the content, with the title, the summary and the tags: a search ranks pieces, and an entry by its best one. */
export type StoredPiece = {
  /** In UTF-16 units of the content; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** Different terms, apart by one space. */
  readonly terms: string;
  /** How often each of `terms` occurs, its field's weight included. 1 to 255. */
  readonly counts: readonly number[];
};

/** How much an occurrence counts. */
const FIELD_WEIGHTS = { title: 3, summary: 2, content: 1, tags: 1 } as const;

const MAX_COUNT = 255;

/** Analyses an entry into terms. A long one is done piece by piece, and others get their turn in between. */
export async function analyzeEntry(analyzer: MorphemeAnalyzer, entry: EntryText): Promise<StoredTokens> {
  const head: Counts = new Map();
  count(head, await tokensOf(analyzer, entry.title), FIELD_WEIGHTS.title);
  count(head, await tokensOf(analyzer, entry.summary), FIELD_WEIGHTS.summary);
  // A tag is a name: it has a word, or it has not.
  for (const tag of entry.tags) count(head, await tokensOf(analyzer, tag, { isDistinct: true }), FIELD_WEIGHTS.tags);

  const pieces: StoredPiece[] = [];
  for (const { start, end } of cutPieces(entry.content)) {
    if (start > 0) await setImmediate();
    const counts: Counts = new Map(head);
    count(counts, await tokensOf(analyzer, entry.content.slice(start, end)), FIELD_WEIGHTS.content);
    pieces.push({
      start,
      end,
      terms: [...counts.keys()].join(' '),
      counts: Array.from(counts.values(), (times) => Math.min(times, MAX_COUNT)),
    });
  }
  return { version: analyzerVersion(analyzer), pieces };
}

type Counts = Map<string, number>;

function count(counts: Counts, tokens: readonly string[], weight: number): void {
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + weight);
}
