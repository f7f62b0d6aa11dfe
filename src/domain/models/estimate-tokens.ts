/** A letter, digit or blank: words of about four characters are a token. */
const TOKENS_PER_LETTER = 0.25;

/** Signs of ASCII, which make up much of JSON and code, and are joined in pairs at best. */
const TOKENS_PER_SIGN = 0.5;

/** A syllable or ideograph: today's tokenizers join some common ones, older ones split many. */
const TOKENS_PER_WIDE_CHAR = 0.8;

/** Hangul jamo from U+1100; CJK, kana and Hangul from U+2E80; full-width forms; everything beyond the basic plane (as two halves). */
const FIRST_JAMO = 0x1100;
const LAST_JAMO = 0x11ff;
const FIRST_WIDE = 0x2e80;

/**
 * About how many tokens a text takes for the tokenizers of today, rather a few too many; older ones take up to twice as many for Korean.
 * Linear in the length of the text, and the same for every model.
 * For fitting a history into a window, and for the books where a service does not say.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (let index = 0; index < text.length; index++) tokens += tokensOf(text.charCodeAt(index));
  return Math.ceil(tokens);
}

function tokensOf(code: number): number {
  if (code >= FIRST_WIDE || (code >= FIRST_JAMO && code <= LAST_JAMO)) return TOKENS_PER_WIDE_CHAR;
  return isSign(code) ? TOKENS_PER_SIGN : TOKENS_PER_LETTER;
}

/** Printable ASCII but letters, digits and the blank. */
function isSign(code: number): boolean {
  if (code < 0x21 || code > 0x7e) return false;
  return code < 0x30 || (code > 0x39 && code < 0x41) || (code > 0x5a && code < 0x61) || code > 0x7a;
}
