import { codeTerms } from '../analysis/code-terms.js';
import type { TextRange } from '../analysis/cut-pieces.js';
import { strokesOf } from '../analysis/hangul.js';

/** UTF-16 units, without the marks and the dots. */
const MAX_SNIPPET_CHARS = 160;
/** Of the text before the first match. */
const LEAD_CHARS = 40;

/** A Korean word with what is attached to it, or a Latin one without. */
const WORD = /[가-힣]+|(?:(?![가-힣])[\p{L}\p{N}_$])+/gu;

/**
 * The passage of `text` within `piece` that says most of what was asked, on one line and with every match between « and »; `…` stands for
 * what was left out. The beginning of the piece if nothing can be pointed at.
 *
 * @param matchedWords As a hit tells them: lemmas, and parts of identifiers in lower case.
 * @param matchedPairs Syllables that stand side by side, to be marked wherever they do so in a word.
 */
export function snippetOf(
  text: string,
  piece: TextRange,
  matchedWords: readonly string[],
  matchedPairs: readonly string[] = [],
): string {
  const passage = text.slice(piece.start, piece.end).normalize('NFC');
  const matches = matchesIn(passage, matchedWords, matchedPairs);
  const { start, end } = bestWindow(passage, matches);
  let marked = start > 0 || piece.start > 0 ? '…' : '';
  let at = start;
  for (const match of matches) {
    if (match.start < at || match.end > end) continue;
    marked += `${passage.slice(at, match.start)}«${passage.slice(match.start, match.end)}»`;
    at = match.end;
  }
  marked += passage.slice(at, end) + (end < passage.length || piece.end < text.length ? '…' : '');
  return marked.replace(/\s+/g, ' ').trim();
}

/** Whether a snippet of it would have a match to mark. */
export function canBeMarked(
  text: string,
  piece: TextRange,
  matchedWords: readonly string[],
  matchedPairs: readonly string[] = [],
): boolean {
  return matchesIn(text.slice(piece.start, piece.end).normalize('NFC'), matchedWords, matchedPairs).length > 0;
}

/** In order and apart; of one that is longer than a snippet what fits into it. */
function matchesIn(passage: string, matchedWords: readonly string[], matchedPairs: readonly string[]): TextRange[] {
  const lemmas = matchedWords.filter((word) => /^[가-힣]/.test(word)).map(toLemma);
  const latin = new Set(matchedWords);
  const matches: TextRange[] = [];
  for (const { 0: word, index } of passage.matchAll(WORD)) {
    const length = /^[가-힣]/.test(word)
      ? longestMatch(word, lemmas)
      : codeTerms(word).some((part) => latin.has(part))
        ? word.length
        : 0;
    if (length > 0) matches.push({ start: index, end: index + length });
  }
  const all = joined([...matches, ...partsIn(passage, [...matchedWords, ...matchedPairs])]);
  return all.map(({ start, end }) => ({
    start,
    end: wholeCharacter(passage, Math.min(end, start + MAX_SNIPPET_CHARS)),
  }));
}

/** Within a word as well, as 서버 is in 웹서버를: what has more than one syllable is hardly there by chance. */
function partsIn(passage: string, words: readonly string[]): TextRange[] {
  const parts = words.filter((word) => /^[가-힣]{2,}$/.test(word)).toSorted((a, b) => b.length - a.length);
  if (parts.length === 0) return [];
  const places = passage.matchAll(new RegExp(`(?=(${parts.join('|')}))`, 'g'));
  return Array.from(places, ({ 1: part = '', index }) => ({ start: index, end: index + part.length }));
}

/** In order; those that overlap or touch are one. */
function joined(ranges: readonly TextRange[]): TextRange[] {
  const apart: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last && last.end >= start) last.end = Math.max(last.end, end);
    else apart.push({ start, end });
  }
  return apart;
}

/** A lemma, and the strokes of it that stay when it takes an ending: a verb changes its last vowel, as 지우다 does in 지워. Null where too little stays. */
type Lemma = { readonly text: string; readonly unchanged: string | null };

function toLemma(text: string): Lemma {
  return { text, unchanged: text.length > 1 ? strokesOf(text).slice(0, -1) : null };
}

/** How much of the beginning of `word` is one of the lemmas. */
function longestMatch(word: string, lemmas: readonly Lemma[]): number {
  let longest = 0;
  let strokes: string | null = null;
  for (const { text, unchanged } of lemmas) {
    if (text.length <= longest) continue;
    let isIt = word.startsWith(text);
    if (!isIt && unchanged !== null) {
      strokes ??= strokesOf(word);
      isIt = strokes.startsWith(unchanged);
    }
    if (isIt) longest = Math.min(word.length, text.length);
  }
  return longest;
}

/** Where the most characters of matches fit; the earliest of equal ones. */
function bestWindow(passage: string, matches: readonly TextRange[]): TextRange {
  let best = { start: 0, covered: 0 };
  for (const { start: first, end: last } of matches) {
    const lead = Math.min(LEAD_CHARS, MAX_SNIPPET_CHARS - (last - first));
    const start = Math.max(0, Math.min(first - lead, passage.length - MAX_SNIPPET_CHARS));
    const inside = matches.filter((match) => match.start >= start && match.end <= start + MAX_SNIPPET_CHARS);
    const covered = inside.reduce((sum, match) => sum + match.end - match.start, 0);
    if (covered > best.covered) best = { start, covered };
  }
  const start = atWordStart(passage, best.start);
  return { start, end: atWordEnd(passage, Math.min(passage.length, start + MAX_SNIPPET_CHARS)) };
}

/** The next place at or after `at` where a word starts, if there is one near. */
function atWordStart(passage: string, at: number): number {
  if (at === 0) return 0;
  const gap = passage.slice(at - 1, at + LEAD_CHARS / 2).search(/\s/);
  return gap < 0 ? wholeCharacter(passage, at) : at + gap;
}

function atWordEnd(passage: string, at: number): number {
  if (at >= passage.length) return passage.length;
  const near = passage.slice(at - LEAD_CHARS / 2, at + 1);
  const gap = near.lastIndexOf(' ');
  return gap < 0 ? wholeCharacter(passage, at) : at - LEAD_CHARS / 2 + gap;
}

/** Not between the halves of a surrogate pair. */
function wholeCharacter(passage: string, at: number): number {
  const code = passage.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
