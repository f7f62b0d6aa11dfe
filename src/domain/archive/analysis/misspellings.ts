import { strokesOf } from './hangul.js';

/** Shorter words have too many neighbours; longer ones are not words. */
const HANGUL_WORD = /^[가-힣]{2,8}$/;
const LATIN_WORD = /^[a-z]{4,24}$/;

/** Of a long word only the beginning is compared by key. */
const KEY_CHARS = 7;

/**
 * Keys that two words share if one differs from the other by one character more, less or other: the word, and the word without each of
 * its characters. Sharing a key is a hint; `isMisspelling` decides.
 */
export function misspellingKeys(word: string): string[] {
  if (!HANGUL_WORD.test(word) && !LATIN_WORD.test(word)) return [];
  const start = word.slice(0, KEY_CHARS);
  const keys = new Set([start]);
  for (let at = 0; at < start.length; at++) keys.add(start.slice(0, at) + start.slice(at + 1));
  return [...keys];
}

/** Whether `typed` is `word` with one wrong stroke, one more, one less, or two that changed places; from eight strokes on, two mistakes. */
export function isMisspelling(typed: string, word: string): boolean {
  if (typed === word) return false;
  const [a, b] = [strokesOf(typed), strokesOf(word)];
  const allowed = Math.min(a.length, b.length) >= 8 ? 2 : 1;
  return Math.abs(a.length - b.length) <= allowed && distance(a, b) <= allowed;
}

/** Mistakes between two words of at most some 30 strokes: a change, a stroke more, one less, or a swap of neighbours counts one. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
