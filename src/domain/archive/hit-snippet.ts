import type { TextRange } from './analysis/cut-pieces.js';
import type { ArchiveEntry } from './archive-entry.js';
import type { SearchHit } from './ranking/rank.js';
import { canBeMarked, snippetOf } from './ranking/snippet.js';

type Passage = { readonly text: string; readonly piece: TextRange };

/**
 * The passage to show of an entry that was found, with the match between « and »: of its content if the match is there, else its summary or its title. One that has
 * what was asked goes before one that has only what stands for it, and that before one in which only syllables agree; without any it is the beginning.
 */
export function hitSnippet(
  { content, summary, title }: Pick<ArchiveEntry, 'content' | 'summary' | 'title'>,
  query: string,
  { piece, matchedWords, matchedPairs }: Pick<SearchHit, 'piece' | 'matchedWords' | 'matchedPairs'>,
): string {
  const passages = [{ text: content, piece }, whole(summary), whole(title)].filter(hasText);
  const asked = query.normalize('NFC').toLowerCase();
  const literal = matchedWords.filter((word) => asked.includes(word));
  const best =
    passages.find(({ text, piece }) => canBeMarked(text, piece, literal)) ??
    passages.find(({ text, piece }) => canBeMarked(text, piece, matchedWords));
  if (best) return snippetOf(best.text, best.piece, matchedWords);
  const alike = passages.find(({ text, piece }) => canBeMarked(text, piece, [], matchedPairs)) ?? passages[0];
  return alike === undefined ? '' : snippetOf(alike.text, alike.piece, [], matchedPairs);
}

const whole = (text: string): Passage => ({ text, piece: { start: 0, end: text.length } });

const hasText = ({ text, piece }: Passage): boolean => text.slice(piece.start, piece.end).trim() !== '';
