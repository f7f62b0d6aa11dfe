import type { StoredTokens } from '../analysis/analyze-entry.js';
import { neighbourKeysOf, packNeighbours } from './neighbours.js';
import { allocateSegment, lengthCode, type Segment } from './segment.js';

/** What an index is told of an entry. */
export type IndexedEntry = {
  readonly id: string;
  readonly category: string;
  readonly tags: readonly string[];
  readonly tokens: StoredTokens;
};

/** Entries of a category and with a tag are found by these terms, which no text contains. */
export const categoryTerm = (category: string): string => `c${category}`;
export const tagTerm = (tag: string): string => `t${tag}`;

/** Terms between two yields: some two milliseconds. */
const TERMS_A_TURN = 500;

/** Packs entries of different ids. Yields every few milliseconds, so that others get their turn; what has many terms holds them up only while those are sorted. */
export function* buildSegment(entries: readonly IndexedEntry[]): Generator<void, Segment> {
  const sorted = entries
    .map((entry) => ({ ...entry, idBytes: Buffer.from(entry.id) }))
    .toSorted((a, b) => a.idBytes.compare(b.idBytes));
  const postings = yield* collectPostings(sorted);
  const terms = Array.from(postings, ([term, list]) => ({ term, bytes: Buffer.from(term), list })).toSorted((a, b) =>
    a.bytes.compare(b.bytes),
  );
  yield;
  const keys: number[][] = [];
  for (const { term } of terms) {
    keys.push(neighbourKeysOf(term));
    if (keys.length % TERMS_A_TURN === 0) yield;
  }
  const neighbours = packNeighbours(keys);
  yield;
  const segment = allocateSegment({
    entries: sorted.length,
    pieces: sorted.reduce((sum, { tokens }) => sum + tokens.pieces.length, 0),
    terms: terms.length,
    postings: terms.reduce((sum, { list }) => sum + list.length / 2, 0),
    neighbours: neighbours.keys.length,
    idBytes: sorted.reduce((sum, { idBytes }) => sum + idBytes.length, 0),
    termBytes: terms.reduce((sum, { bytes }) => sum + bytes.length, 0),
  });
  segment.neighbourKeys.set(neighbours.keys);
  segment.neighbourTerms.set(neighbours.terms);
  writeStrings(
    segment.idBytes,
    segment.idOffsets,
    sorted.map(({ idBytes }) => idBytes),
  );
  writeStrings(
    segment.termBytes,
    segment.termOffsets,
    terms.map(({ bytes }) => bytes),
  );
  yield;
  writePieces(segment, sorted);
  writePostings(
    segment,
    terms.map(({ list }) => list),
  );
  return segment;
}

/** Of each term: a piece, how often it has the term, the next piece, and so on. */
function* collectPostings(entries: readonly IndexedEntry[]): Generator<void, Map<string, number[]>> {
  const postings = new Map<string, number[]>();
  const post = (term: string, piece: number, count: number): void => {
    const list = postings.get(term);
    if (list === undefined) postings.set(term, [piece, count]);
    else list.push(piece, count);
  };
  let piece = 0;
  for (const { category, tags, tokens } of entries) {
    for (const { terms, counts } of tokens.pieces) {
      post(categoryTerm(category), piece, 1);
      for (const tag of new Set(tags)) post(tagTerm(tag), piece, 1);
      if (terms !== '') for (const [at, term] of terms.split(' ').entries()) post(term, piece, counts[at] ?? 1);
      piece++;
      yield;
    }
  }
  return postings;
}

function writePieces(segment: Segment, entries: readonly IndexedEntry[]): void {
  let piece = 0;
  for (const [entry, { tokens }] of entries.entries()) {
    for (const { start, end, counts } of tokens.pieces) {
      segment.pieceEntries[piece] = entry;
      segment.pieceStarts[piece] = start;
      segment.pieceEnds[piece] = end;
      segment.pieceLengths[piece] = lengthCode(counts.reduce((sum, count) => sum + count, 0));
      piece++;
    }
  }
}

function writePostings(segment: Segment, lists: readonly (readonly number[])[]): void {
  let at = 0;
  for (const [term, list] of lists.entries()) {
    segment.postingOffsets[term] = at;
    for (let i = 0; i < list.length; i += 2) {
      segment.postingPieces[at] = list[i] ?? 0;
      segment.postingCounts[at] = list[i + 1] ?? 0;
      at++;
    }
  }
  segment.postingOffsets[lists.length] = at;
}

function writeStrings(bytes: Buffer, offsets: Uint32Array, strings: readonly Buffer[]): void {
  let at = 0;
  for (const [number, string] of strings.entries()) {
    offsets[number] = at;
    bytes.set(string, at);
    at += string.length;
  }
  offsets[strings.length] = at;
}
