/** A part of a text, in UTF-16 units; `end` is exclusive. */
export type TextRange = { readonly start: number; readonly end: number };

/** Up to here a text stays whole: about one screen. */
const MAX_PIECE_CHARS = 1_200;
const MIN_PIECE_CHARS = 600;

/** Where a text may be cut, best first. */
const SEAMS = [/\n\s*\n/g, /\n/g, /[.?!。]["'”’)\]]*\s/g, /\s/g];

/**
 * Pieces that follow one another without gaps and hold all of `text`: each at most 1,200 units long, cut after a paragraph if there is one
 * in its second half, else after a line, a sentence, a word, and never inside of a character. One empty piece for an empty text.
 */
export function cutPieces(text: string): TextRange[] {
  const pieces: TextRange[] = [];
  let start = 0;
  while (text.length - start > MAX_PIECE_CHARS) {
    const end = start + cutAt(text.slice(start, start + MAX_PIECE_CHARS));
    pieces.push({ start, end });
    start = end;
  }
  pieces.push({ start, end: text.length });
  return pieces;
}

function cutAt(window: string): number {
  for (const seam of SEAMS) {
    const ends = Array.from(window.matchAll(seam), (found) => found.index + found[0].length);
    const last = ends.findLast((end) => end >= MIN_PIECE_CHARS);
    if (last !== undefined) return last;
  }
  const last = window.charCodeAt(window.length - 1);
  const isHalfOfPair = last >= 0xd800 && last <= 0xdbff;
  return isHalfOfPair ? window.length - 1 : window.length;
}
