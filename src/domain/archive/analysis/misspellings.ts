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

/** Words of fewer strokes differ from many others by one; there the stroke must be easy to mistake too. */
const MIN_FREE_STROKES = 7;
/** From here on two mistakes are allowed. */
const MIN_STROKES_FOR_TWO = 9;

/**
 * Whether `typed` is `word` with one stroke wrong, missing or too many, or with two that changed places; with two such mistakes in a long
 * word. In a short one a wrong stroke must lie beside the right one on the keyboard, or sound like it.
 */
export function isMisspelling(typed: string, word: string): boolean {
  if (typed === word) return false;
  const [a, b] = [strokesOf(typed), strokesOf(word)];
  const shorter = Math.min(a.length, b.length);
  const allowed = shorter >= MIN_STROKES_FOR_TWO ? 2 : 1;
  if (Math.abs(a.length - b.length) > allowed) return false;
  return distance(a, b, shorter >= MIN_FREE_STROKES ? () => true : isEasilyMistaken) <= allowed;
}

/** Keys of a keyboard's rows, and the Hangul letters on them. */
const KEY_ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ', 'ㅁㄴㅇㄹㅎㅗㅓㅏㅣ', 'ㅋㅌㅊㅍㅠㅜㅡ'];
/** Letters that sound alike, or share a key. */
const ALIKE = [
  'ㅐㅔㅖㅒ',
  'ㄱㅋㄲ',
  'ㄷㅌㄸ',
  'ㅂㅍㅃ',
  'ㅈㅊㅉ',
  'ㅅㅆ',
  'ㅓㅕㅗ',
  'ㅜㅠㅡ',
  'ㅏㅑ',
  'ㅗㅛ',
  'ck',
  'sz',
  'iy',
  'ae',
];

function isEasilyMistaken(a: string, b: string): boolean {
  const isBeside = KEY_ROWS.some(
    (row) => row.includes(a) && row.includes(b) && Math.abs(row.indexOf(a) - row.indexOf(b)) === 1,
  );
  return isBeside || ALIKE.some((letters) => letters.includes(a) && letters.includes(b));
}

/** Mistakes between two words of at most some 30 strokes. Where a change `mayBe` none, it is one stroke less and another one more. */
function distance(a: string, b: string, mayBe: (a: string, b: string) => boolean): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const [strokeA, strokeB] = [a.charAt(i - 1), b.charAt(j - 1)];
      const change = strokeA === strokeB ? 0 : mayBe(strokeA, strokeB) ? 1 : 2;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      const isSwap = i > 1 && j > 1 && strokeA === b[j - 2] && a[i - 2] === strokeB;
      if (isSwap) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
