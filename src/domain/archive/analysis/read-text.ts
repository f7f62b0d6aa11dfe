/** What a text holds, by kind, in the order of reading. */
export type TextParts = {
  /** Latin words, numbers, identifiers, paths and versions, as they are written. */
  readonly codes: readonly string[];
  /** Korean words as the morpheme analyzer wants them: `A` stands for a code inside of one, and the end of a sentence stays. */
  readonly words: readonly string[];
  /** Runs of Chinese characters and Japanese syllables. */
  readonly ideographs: readonly string[];
};

const HANGUL = '가-힣ㄱ-ㅎㅏ-ㅣ';
const IDEOGRAPHS = '\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff';
const CODE_START = `(?![${HANGUL}${IDEOGRAPHS}])[\\p{L}\\p{N}_$]`;
const CODE_REST = `(?![${HANGUL}${IDEOGRAPHS}])[\\p{L}\\p{M}\\p{N}_$./\\\\:@#+-]`;

/** Every alternative eats at least one character and none looks back: no text takes more than linear time. */
const PART = new RegExp(
  `(?<code>${CODE_START}(?:${CODE_REST})*)|(?<hangul>[${HANGUL}]+)|(?<ideographs>[${IDEOGRAPHS}]+)|(?<end>[.,?!])|(?<gap>[^])`,
  'gu',
);

const CODE_TAIL = './\\:@-';

/** Sorts what `text` holds by how it is analysed: by morphemes, by naming habits, or by characters. */
export function readText(text: string): TextParts {
  const codes: string[] = [];
  const words: string[] = [];
  const ideographs: string[] = [];
  let word = '';
  let isKorean = false;

  const endWord = (end: string): void => {
    if (isKorean) words.push(word + end);
    word = '';
    isKorean = false;
  };

  for (const { groups = {} } of normalized(text).matchAll(PART)) {
    if (groups['hangul'] !== undefined) {
      word += groups['hangul'];
      isKorean = true;
    } else if (groups['code'] !== undefined) {
      codes.push(withoutTail(groups['code']));
      word += 'A';
    } else {
      if (groups['ideographs'] !== undefined) ideographs.push(groups['ideographs']);
      endWord(groups['end'] ?? '');
    }
  }
  endWord('');
  return { codes, words, ideographs };
}

/** Composed, and with full-width letters and digits made plain: however it was typed, it reads the same. */
function normalized(text: string): string {
  return text.normalize('NFC').replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
}

/** A path's slash or a sentence's full stop at the end is no part of a name; the pluses of C++ and the sharp of C# are. */
function withoutTail(code: string): string {
  let end = code.length;
  while (end > 1 && CODE_TAIL.includes(code.charAt(end - 1))) end--;
  return code.slice(0, end);
}
