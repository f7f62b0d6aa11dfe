/** Characters of Latin text, digits and signs that make up one token, about. */
const CHARS_PER_TOKEN = 4;

/** Tokens of one syllable or ideograph, about: today's tokenizers join two or three common Hangul syllables, and split rare ones. */
const TOKENS_PER_WIDE_CHAR = 0.8;

/** Hangul jamo from U+1100; CJK, kana and Hangul from U+2E80; full-width forms; everything beyond the basic plane (as two halves). */
const FIRST_JAMO = 0x1100;
const LAST_JAMO = 0x11ff;
const FIRST_WIDE = 0x2e80;

/**
 * About how many tokens a text takes, without a tokenizer: linear in its length, the same for every model, and rather too many than too few.
 * For fitting a history into a window, and for the books where a service does not say.
 */
export function estimateTokens(text: string): number {
  let wide = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= FIRST_WIDE || (code >= FIRST_JAMO && code <= LAST_JAMO)) wide++;
  }
  return Math.ceil((text.length - wide) / CHARS_PER_TOKEN + wide * TOKENS_PER_WIDE_CHAR);
}
