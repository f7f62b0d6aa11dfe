const segmenter = new Intl.Segmenter();

/** Characters as a person counts them (grapheme clusters). */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of segmenter.segment(text)) count++;
  return count;
}

/** The first `count` characters, as a person counts them. */
export function firstCharacters(text: string, count: number): string {
  let taken = 0;
  for (const { index } of segmenter.segment(text)) {
    if (taken === count) return text.slice(0, index);
    taken++;
  }
  return text;
}

/** In one line, without spaces around it. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
