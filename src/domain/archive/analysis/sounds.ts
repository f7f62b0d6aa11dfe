import { strokesOf, syllableOf } from './hangul.js';

/**
 * How a word sounds, as far as both scripts agree on it: its consonants, and the vowels between them.
 * 리트라이 and `retry` are both R·T·R, with vowels after the first and the last.
 */
export type Sound = {
  /** One letter for each consonant, in classes that both scripts tell apart. */
  readonly skeleton: string;
  /** Before each consonant, and after the last: the vowels there, as Hangul letters. One longer than `skeleton`. */
  readonly vowels: readonly string[];
};

/** As foreign words are written in Hangul: voiceless sounds by ㅋ ㅌ ㅍ, voiced ones by ㄱ ㄷ ㅂ, and f by ㅍ, v by ㅂ, z by ㅈ. */
const INITIALS = soundTable('ㄱG ㅋK ㄷD ㅌT ㅂB ㅍP ㅅS ㅆS ㅈJ ㅊC ㄴN ㅁM ㄹR ㅎH');
/** ㅇ is heard only at the end of a syllable, where English has an n: 링크, link. */
const FINALS = soundTable('ㄱK ㅋK ㄷT ㅅT ㅌT ㅂP ㅍP ㄴN ㅇN ㅁM ㄹR');
/** ㅑ differs from ㅏ by what comes before it, and so on. */
const PLAIN_VOWELS = soundTable('ㅑㅏ ㅕㅓ ㅛㅗ ㅠㅜ ㅖㅔ ㅒㅐ');

/** Letters of an English word, longest first, and the consonants they may be heard as. */
const SPELLINGS: readonly (readonly [letters: string, ...sounds: readonly string[]])[] = [
  ['tion', 'SN', 'CN'],
  ['sion', 'SN', 'JN'],
  ['ture', 'C'],
  ['tch', 'C'],
  ['dge', 'J'],
  ['sch', 'SK'],
  ['ch', 'C', 'K', 'S'],
  ['sh', 'S'],
  ['ph', 'P'],
  ['th', 'S', 'D'],
  ['gh', '', 'G'],
  ['ck', 'K'],
  ['qu', 'K'],
  ['ng', 'N', 'NG', 'NJ'],
  ['xc', 'KS'],
  ['x', 'KS'],
  ...Array.from('bcdfghjklmnpqrstvz', (letter, at): [string, string] => [letter, 'BKDPGHJKRMNPKRSTBJ'.charAt(at)]),
];

/** The Hangul vowels that an English one is written with. */
const VOWELS = soundTable('aㅏㅐㅔㅓㅗㅣㅡ eㅔㅐㅓㅣㅡ iㅣㅏㅡ oㅗㅓㅏㅜㅡ uㅜㅓㅏ yㅣㅏ wㅜㅗ');

const MAX_SOUND_CHARS = 24;
/** Too many words share fewer. */
export const MIN_CONSONANTS = 3;
/** A letter that may be heard in several ways multiplies what a word may sound like; more ways than this are not followed. */
const MAX_SOUNDS = 4;

/** What a Hangul or Latin word may sound like, likeliest first; nothing for words too short, or plainly native. */
export function soundsOf(word: string): Sound[] {
  if (word.length > MAX_SOUND_CHARS) return [];
  if (/^[가-힣]{2,}$/.test(word)) return soundsOfHangul(word);
  return /^[a-z]{3,}$/.test(word) ? soundsOfEnglish(word) : [];
}

/** Whether two sounds are likely one word: all consonants agree, and all vowels; of five or more consonants, all vowels but one. */
export function isSameSound(a: Sound, b: Sound): boolean {
  if (a.skeleton !== b.skeleton || a.skeleton.length < MIN_CONSONANTS) return false;
  const misses = a.vowels.filter((vowels, at) => !isNear(vowels, b.vowels[at] ?? '')).length;
  return misses <= (a.skeleton.length >= 5 ? 1 : 0);
}

/** A vowel on one side only is one that Korean had to put in, or that English does not speak. */
function isNear(a: string, b: string): boolean {
  if (a === '' || b === '') return /^[ㅡㅣ]?$/.test(a + b);
  const [fewer, more] = a.length <= b.length ? [a, b] : [b, a];
  return Array.from(fewer).every((vowel) => more.includes(vowel));
}

function soundsOfHangul(word: string): Sound[] {
  let skeleton = '';
  const vowels = [''];
  const hear = (consonant: string): void => {
    // ㄹㄹ is one l between vowels, as in 클릭.
    if (consonant === '' || (consonant === 'R' && skeleton.endsWith('R') && vowels.at(-1) === '')) return;
    skeleton += consonant;
    vowels.push('');
  };
  for (const char of word) {
    const syllable = syllableOf(char);
    // No foreign word has the tense consonants, ㅆ aside.
    if (syllable === null || /[ㄲㄸㅃㅉ]/.test(syllable.initial)) return [];
    hear(INITIALS.get(syllable.initial) ?? '');
    vowels.push((vowels.pop() ?? '') + plainVowels(syllable.vowel));
    hear(FINALS.get(syllable.final) ?? '');
  }
  return [{ skeleton, vowels }];
}

function plainVowels(vowel: string): string {
  return Array.from(strokesOf(vowel), (stroke) => PLAIN_VOWELS.get(stroke) ?? stroke).join('');
}

function soundsOfEnglish(word: string): Sound[] {
  let sounds: Sound[] = [{ skeleton: '', vowels: [''] }];
  for (let at = 0; at < word.length;) {
    const { length, choices, vowel } = readLetters(word, at);
    sounds = sounds
      .flatMap((sound) => choices.map((consonants) => extend(sound, consonants, vowel)))
      .slice(0, MAX_SOUNDS);
    at += length;
  }
  return sounds;
}

function extend({ skeleton, vowels }: Sound, consonants: string, vowel: string): Sound {
  const last = vowels.at(-1) ?? '';
  return {
    skeleton: skeleton + consonants,
    vowels: [...vowels.slice(0, -1), last + vowel, ...Array.from(consonants, () => '')],
  };
}

type Letters = { readonly length: number; readonly choices: readonly string[]; readonly vowel: string };

/** The letters at `at`: a vowel, or what the consonants there may be heard as. */
function readLetters(word: string, at: number): Letters {
  const letter = word.charAt(at);
  const next = word.charAt(at + 1);
  const one = (choices: readonly string[], vowel = ''): Letters => ({ length: 1, choices, vowel });

  if (letter === 'e' && at === word.length - 1 && at > 1) return one(['']);
  const vowel = VOWELS.get(letter);
  if (vowel !== undefined) return one([''], vowel);
  const isSoft = /[eiy]/.test(next);
  if (letter === 'c' && isSoft) return one(['S']);
  if (letter === 'g' && isSoft) return one(['J', 'G']);
  if (letter === 's' && at > 0 && /[aeiou]/.test(next)) return one(['S', 'J']);
  // An r that no vowel follows is not spoken, nor is one before a silent e.
  if (letter === 'r' && !isVowelSpoken(word, at + 1)) return one(['']);

  const [letters, ...choices] = SPELLINGS.find(([spelled]) => word.startsWith(spelled, at)) ?? [letter, ''];
  const isDoubled = letters.length === 1 && next === letter;
  return { length: letters.length + (isDoubled ? 1 : 0), choices, vowel: '' };
}

function isVowelSpoken(word: string, at: number): boolean {
  const letter = word.charAt(at);
  if (letter === 'r') return isVowelSpoken(word, at + 1);
  return /[aeiouy]/.test(letter) && !(letter === 'e' && at === word.length - 1);
}

/** Each item is a letter and what it stands for. */
function soundTable(items: string): ReadonlyMap<string, string> {
  return new Map(items.split(' ').map((item) => [item.charAt(0), item.slice(1)]));
}
