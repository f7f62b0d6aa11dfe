import { compose, joinStrokes, strokesOf } from './hangul.js';

const KEYS = 'rRseEfaqQtTdwWczxvgkoiOjpuPhynbml';
const LETTERS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ';
const VOWEL = /[ㅏ-ㅣ]/;

/**
 * What was meant by a word typed with the keyboard in the wrong language: wjdfuf → 정렬, 'ㄱㄷㅅ교' → retry.
 * Null where it makes no whole syllables, or has fewer than two: then it is more likely what it looks like.
 */
export function inOtherLayout(word: string): string | null {
  return /^[a-zA-Z]{4,40}$/.test(word) ? toHangul(word) : toLatin(word);
}

/** Only of a word that holds letters standing alone, which nobody types on purpose in a word of syllables. */
function toLatin(word: string): string | null {
  if (word.length > 40 || !/^[가-힣ㄱ-ㅣ]{2,}$/.test(word) || !/[ㄱ-ㅣ]/.test(word) || /^[ㅋㅎㅠㅜ]+$/.test(word))
    return null;
  return Array.from(strokesOf(word), (letter) => KEYS.charAt(LETTERS.indexOf(letter)))
    .join('')
    .toLowerCase();
}

function toHangul(word: string): string | null {
  const letters = Array.from(word, letterOf);
  let text = '';
  for (let at = 0; at < letters.length;) {
    const syllable = readSyllable(letters, at);
    if (syllable === null) return null;
    text += syllable.char;
    at = syllable.end;
  }
  return text.length < 2 ? null : text;
}

/** Shift changes only a few keys; on the others it is the same letter. */
function letterOf(key: string): string {
  const at = KEYS.indexOf(key);
  return LETTERS.charAt(at >= 0 ? at : KEYS.indexOf(key.toLowerCase()));
}

/** The syllable that starts at `at`; a consonant before a vowel belongs to the next one. */
function readSyllable(letters: readonly string[], at: number): { char: string; end: number } | null {
  const letter = (index: number): string => letters[index] ?? '';
  const isConsonant = (index: number): boolean => letter(index) !== '' && !VOWEL.test(letter(index));

  let end = at + 2;
  let vowel = letter(at + 1);
  const wideVowel = joinStrokes(vowel, letter(end));
  if (wideVowel !== null && VOWEL.test(wideVowel)) {
    vowel = wideVowel;
    end++;
  }
  let final = '';
  if (isConsonant(end) && !VOWEL.test(letter(end + 1))) {
    final = letter(end);
    end++;
    const wideFinal = isConsonant(end) && !VOWEL.test(letter(end + 1)) ? joinStrokes(final, letter(end)) : null;
    if (wideFinal !== null) {
      final = wideFinal;
      end++;
    }
  }
  const char = compose(letter(at), vowel, final);
  return char === null ? null : { char, end };
}
