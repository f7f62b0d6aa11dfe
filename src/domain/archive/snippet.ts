import type { ArchiveEntry } from './archive-entry.js';
import type { SearchHit } from './ranking/rank.js';

/** UTF-16 code units of a snippet, marks not counted. */
const MAX_SNIPPET_CHARS = 200;

/** Of these, what is shown before the first match. */
const LEAD_CHARS = 60;

/** A word of the question counts as found from so many characters on: its ending may differ. */
const MIN_STEM_CHARS = 2;

type Match = Pick<SearchHit, 'piece' | 'matchedWords'>;
type Range = { readonly start: number; readonly end: number };

/**
 * The passage of an entry that was found, in one line: of its content if the match is there, else its summary or its title; where it has the words of the question
 * rather than others that stand for them. Each match stands between « and »; `…` stands for what was left out.
 */
export function snippetOf(
  { content, summary, title }: Pick<ArchiveEntry, 'content' | 'summary' | 'title'>,
  query: string,
  { piece, matchedWords }: Match,
): string {
  const texts = [content.slice(piece.start, piece.end), summary, title].map(lineOf).filter((text) => text !== '');
  const asked = query.normalize('NFC').split(/[^\p{L}\p{M}\p{N}]+/u);
  const literal = texts.map((text) => asked.flatMap((word) => longestStem(text, word)));
  const best = literal.findIndex((stems) => stems.length > 0);
  const place = best >= 0 ? best : texts.findIndex((text) => matchesIn(text, matchedWords).length > 0);
  const [text = '', stems = []] = place < 0 ? [texts[0]] : [texts[place], literal[place]];
  return marked(text, matchesIn(text, [...matchedWords, ...stems]));
}

const lineOf = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim();

/** In the order of the text, without overlaps; the longest of words that begin at the same place. */
function matchesIn(text: string, words: readonly string[]): Range[] {
  const longestFirst = words.filter((word) => word !== '').toSorted((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return [];
  const pattern = new RegExp(longestFirst.map(escapeForPattern).join('|'), 'giu');
  return Array.from(text.matchAll(pattern), ({ index, 0: found }) => ({ start: index, end: index + found.length }));
}

/** The longest beginning of `word` that `text` has; none if it has less than two characters of it. */
function longestStem(text: string, word: string): string[] {
  const characters = Array.from(word);
  const folded = text.toLowerCase();
  for (let length = characters.length; length >= MIN_STEM_CHARS; length--) {
    const stem = characters.slice(0, length).join('');
    if (folded.includes(stem.toLowerCase())) return [stem];
  }
  return [];
}

function marked(text: string, matches: readonly Range[]): string {
  const start = startOf(text, matches[0]?.start ?? 0);
  const end = endOf(text, start);
  let snippet = start > 0 ? '…' : '';
  let at = start;
  for (const match of matches.filter((match) => match.end <= end)) {
    snippet += `${text.slice(at, match.start)}«${text.slice(match.start, match.end)}»`;
    at = match.end;
  }
  return snippet + text.slice(at, end) + (end < text.length ? '…' : '');
}

/** Some words before the first match, if there are as many. */
function startOf(text: string, firstMatch: number): number {
  if (firstMatch <= LEAD_CHARS || text.length <= MAX_SNIPPET_CHARS) return 0;
  const earliest = Math.min(firstMatch - LEAD_CHARS, text.length - MAX_SNIPPET_CHARS);
  const space = text.indexOf(' ', earliest);
  return space === -1 || space >= firstMatch ? wholeCharacter(text, earliest) : space + 1;
}

function endOf(text: string, start: number): number {
  const latest = start + MAX_SNIPPET_CHARS;
  if (latest >= text.length) return text.length;
  const space = text.lastIndexOf(' ', latest);
  return space > start + MAX_SNIPPET_CHARS / 2 ? space : wholeCharacter(text, latest);
}

/** A place between two code points. */
function wholeCharacter(text: string, at: number): number {
  return /[\uDC00-\uDFFF]/.test(text.charAt(at)) ? at - 1 : at;
}

const escapeForPattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
