const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;

const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const VOWELS = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ';
const FINALS = ['', ...Array.from('ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ')];

/** Letters that are struck as two keys, each with these two behind it. */
const DOUBLES =
  'ㅘㅗㅏ ㅙㅗㅐ ㅚㅗㅣ ㅝㅜㅓ ㅞㅜㅔ ㅟㅜㅣ ㅢㅡㅣ ㄳㄱㅅ ㄵㄴㅈ ㄶㄴㅎ ㄺㄹㄱ ㄻㄹㅁ ㄼㄹㅂ ㄽㄹㅅ ㄾㄹㅌ ㄿㄹㅍ ㅀㄹㅎ ㅄㅂㅅ'.split(
    ' ',
  );
const STROKES: ReadonlyMap<string, string> = new Map(DOUBLES.map((double) => [double.charAt(0), double.slice(1)]));
const JOINED: ReadonlyMap<string, string> = new Map(DOUBLES.map((double) => [double.slice(1), double.charAt(0)]));

export type Syllable = { readonly initial: string; readonly vowel: string; readonly final: string };

export function isSyllable(char: string): boolean {
  const code = char.charCodeAt(0);
  return code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE;
}

/** The letters of one syllable, `final` empty where there is none; null for any other character. */
export function syllableOf(char: string): Syllable | null {
  if (!isSyllable(char)) return null;
  const index = char.charCodeAt(0) - FIRST_SYLLABLE;
  return {
    initial: INITIALS.charAt(Math.floor(index / 588)),
    vowel: VOWELS.charAt(Math.floor((index % 588) / 28)),
    final: FINALS[index % 28] ?? '',
  };
}

/** Strokes on a Korean keyboard, in order: 과일 → ㄱㅗㅏㅇㅣㄹ. Other characters stay. */
export function strokesOf(text: string): string {
  let strokes = '';
  for (const char of text) {
    const syllable = syllableOf(char);
    const letters = syllable === null ? [char] : [syllable.initial, syllable.vowel, syllable.final];
    for (const letter of letters) strokes += STROKES.get(letter) ?? letter;
  }
  return strokes;
}

/** The syllable of these letters; null if there is none. */
export function compose(initial: string, vowel: string, final: string): string | null {
  const [i, v, f] = [INITIALS.indexOf(initial), VOWELS.indexOf(vowel), FINALS.indexOf(final)];
  if (i < 0 || v < 0 || f < 0 || initial === '' || vowel === '') return null;
  return String.fromCharCode(FIRST_SYLLABLE + i * 588 + v * 28 + f);
}

/** Two strokes as the one letter that they make, such as ㅗㅏ → ㅘ; null if they make none. */
export function joinStrokes(first: string, second: string): string | null {
  return JOINED.get(first + second) ?? null;
}
