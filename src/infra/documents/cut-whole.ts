/** Characters of a block: what is longer goes on in the next. */
export const LONGEST_BLOCK = 8_000;

/** Two parts, of which the first has at most `length` units and does not end within a character. */
export function cutWhole(text: string, length: number): { kept: string; rest: string } {
  const last = text.charCodeAt(length - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
  return { kept: text.slice(0, end), rest: text.slice(end) };
}
