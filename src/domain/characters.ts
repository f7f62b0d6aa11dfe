import { InvalidInputError } from '../base/errors.js';

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

/** An emoji of a family has 11 units or more; what is made of hundreds is not meant to be one character. */
const MAX_UNITS_A_CHARACTER = 40;

/** As much of a line as a field of at most `max` characters takes. */
export function cutLine(text: string, max: number): string {
  return firstCharacters(text.slice(0, max * MAX_UNITS_A_CHARACTER).toWellFormed(), max);
}

/** The text in one line. What is too long is not counted to its end: that takes memory by the square of its length. @throws {InvalidInputError} */
export function checkLine(field: string, text: string, { min, max }: { min: number; max: number }): string {
  const line = oneLine(text);
  const length = countCharacters(line.slice(0, max * MAX_UNITS_A_CHARACTER));
  if (!line.isWellFormed() || length < min || length > max || line.length > max * MAX_UNITS_A_CHARACTER)
    throw new InvalidInputError(field, `It has ${min} to ${max} characters in one line.`);
  return line;
}
