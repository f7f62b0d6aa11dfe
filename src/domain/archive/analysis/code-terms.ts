/** Longer ones are hashes and encoded data: nobody types them, and their first characters tell them apart. */
const MAX_CODE_CHARS = 64;

/** Of a path or an address, and of a name of more parts than this, only the parts are searched. */
const IDENTIFIER = /^[\p{L}\p{N}$]+(?:[_-][\p{L}\p{N}$]+)*$/u;
const MAX_JOINED_PARTS = 5;

const VERSION = /^v?\d+(?:\.\d+)+$/i;

/**
 * The words by which a Latin word or an identifier is found, in lower case: its parts by `camelCase`, `snake_case`, punctuation and digits,
 * the whole without what separates them, each English word without its ending. `C++` and `C#` stay what they are.
 */
export function codeTerms(code: string): string[] {
  const pieces = code.slice(0, MAX_CODE_CHARS).split(/[^\p{L}\p{M}\p{N}+#]+/u);
  const terms: string[] = [];
  const parts: string[] = [];
  for (const piece of pieces) {
    const word = piece.replace(/^[+#]+/, '');
    if (word === '') continue;
    const inner = partsOf(word);
    parts.push(...inner);
    terms.push(word.toLowerCase());
    if (inner.length > 1) terms.push(...inner);
  }
  if (VERSION.test(code)) terms.push(code.replace(/^v/i, ''));
  const isNameOfFew = IDENTIFIER.test(code) && parts.length > 0 && parts.length <= MAX_JOINED_PARTS;
  if (isNameOfFew && pieces.length > 1) terms.push(parts.join(''));
  return terms.map(englishStem);
}

/** `parseHTTPResponse2` → parse, http, response, 2. */
function partsOf(word: string): string[] {
  return word
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replace(/(\p{L})(\p{N})/gu, '$1 $2')
    .split(/[ +#]+/)
    .filter((part) => part !== '')
    .map((part) => part.toLowerCase());
}

/** Without the ending of a plural, `-ing` or `-ed`: `retries` → retry, `running` → run. The word itself where nothing is to be taken off. */
export function englishStem(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.endsWith('s') && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  const base = /^(?<base>[a-z]*[aeiouy][a-z]*)(?:ing|ed)$/.exec(word)?.groups?.['base'];
  if (base === undefined || base.length < 3) return word;
  return /([bdfgmnprt])\1$/.test(base) ? base.slice(0, -1) : base;
}
