import { mergeNeighbours } from './neighbours.js';
import { allocateSegment, type Segment } from './segment.js';

/** A segment, and which of its entries are still to be found. */
export type Mergeable = { readonly segment: Segment; readonly isAlive: (entry: number) => boolean };

/** What a merge made, and which number each entry of either side has in it: -1 for those that were not alive. */
export type Merged = { readonly segment: Segment; readonly entries: readonly [Int32Array, Int32Array] };

/** One of two segments, and which number its entries, pieces and terms get; -1 for what is left out. */
export type MergeSide = Mergeable & {
  readonly entries: Int32Array;
  readonly pieces: Int32Array;
  readonly terms: Int32Array;
};

type Sides = readonly [MergeSide, MergeSide];

/** How many entries, or terms with their postings, are merged between two yields: some two milliseconds. */
const ENTRIES_A_TURN = 4_000;
const POSTINGS_A_TURN = 40_000;
/** A term itself takes as long as so many of its postings. */
const POSTINGS_A_TERM = 20;

/**
 * One segment of the living entries of two, which share no living entry. Yields every few milliseconds, so that others get their turn;
 * an entry that dies in between is in the result all the same.
 */
export function* mergeSegments(a: Mergeable, b: Mergeable): Generator<void, Merged> {
  const sides: Sides = [sideOf(a), sideOf(b)];
  const { entryCount, pieceCount, idBytes } = yield* numberEntries(sides);
  const { termSizes, postingCounts, termBytes, postings } = yield* numberTerms(sides);
  const neighbours = yield* mergeNeighbours(sides);
  const segment = allocateSegment({
    entries: entryCount,
    pieces: pieceCount,
    terms: termSizes.length,
    postings,
    neighbours: neighbours.keys.length,
    idBytes,
    termBytes,
  });
  yield;
  segment.neighbourKeys.set(neighbours.keys);
  yield;
  segment.neighbourTerms.set(neighbours.terms);
  yield;
  yield* writeEntries(segment, sides);
  setOffsets(segment.termOffsets, termSizes);
  setOffsets(segment.postingOffsets, postingCounts);
  yield* writeTerms(segment, sides);
  return { segment, entries: [sides[0].entries, sides[1].entries] };
}

function sideOf({ segment, isAlive }: Mergeable): MergeSide {
  return {
    segment,
    isAlive,
    entries: new Int32Array(segment.entryCount).fill(-1),
    pieces: new Int32Array(segment.pieceCount).fill(-1),
    terms: new Int32Array(segment.termCount).fill(-1),
  };
}

/** Numbers the living entries in the order of their ids, and their pieces with them. */
function* numberEntries([a, b]: Sides): Generator<void, { entryCount: number; pieceCount: number; idBytes: number }> {
  let entryCount = 0;
  let pieceCount = 0;
  let idBytes = 0;
  const pieceAt = [0, 0];
  const take = (side: MergeSide, which: 0 | 1, entry: number): void => {
    const isAlive = side.isAlive(entry);
    let piece = pieceAt[which] ?? 0;
    for (; side.segment.pieceEntries[piece] === entry; piece++) {
      if (isAlive) side.pieces[piece] = pieceCount++;
    }
    pieceAt[which] = piece;
    if (!isAlive) return;
    side.entries[entry] = entryCount++;
    idBytes += sizeAt(side.segment.idOffsets, entry);
  };
  let [atA, atB] = [0, 0];
  while (atA < a.segment.entryCount || atB < b.segment.entryCount) {
    const order = compareStrings(idsOf(a.segment), atA, idsOf(b.segment), atB);
    if (order <= 0) take(a, 0, atA++);
    else take(b, 1, atB++);
    if ((atA + atB) % ENTRIES_A_TURN === 0) yield;
  }
  return { entryCount, pieceCount, idBytes };
}

/** Of each term that is kept how many bytes and postings it has, and of all together. */
type NumberedTerms = {
  readonly termSizes: Uint32Array;
  readonly postingCounts: Uint32Array;
  readonly termBytes: number;
  readonly postings: number;
};

/** Numbers the terms that a living piece has, in the order of their bytes. */
function* numberTerms([a, b]: Sides): Generator<void, NumberedTerms> {
  const most = a.segment.termCount + b.segment.termCount;
  const termSizes = new Uint32Array(most);
  const postingCounts = new Uint32Array(most);
  let count = 0;
  let termBytes = 0;
  let postings = 0;
  let [atA, atB] = [0, 0];
  let work = 0;
  while (atA < a.segment.termCount || atB < b.segment.termCount) {
    const order = compareStrings(termsOf(a.segment), atA, termsOf(b.segment), atB);
    const kept = (order <= 0 ? keptPostings(a, atA) : 0) + (order >= 0 ? keptPostings(b, atB) : 0);
    if (kept > 0) {
      const size = order <= 0 ? sizeAt(a.segment.termOffsets, atA) : sizeAt(b.segment.termOffsets, atB);
      termSizes[count] = size;
      termBytes += size;
      postingCounts[count] = kept;
      postings += kept;
      if (order <= 0) a.terms[atA] = count;
      if (order >= 0) b.terms[atB] = count;
      count++;
    }
    if (order <= 0) atA++;
    if (order >= 0) atB++;
    work += POSTINGS_A_TERM + kept;
    if (work < POSTINGS_A_TURN) continue;
    work = 0;
    yield;
  }
  return {
    termSizes: termSizes.subarray(0, count),
    postingCounts: postingCounts.subarray(0, count),
    termBytes,
    postings,
  };
}

function keptPostings({ segment, pieces }: MergeSide, term: number): number {
  let kept = 0;
  const end = segment.postingOffsets[term + 1] ?? 0;
  for (let at = segment.postingOffsets[term] ?? 0; at < end; at++) {
    if ((pieces[segment.postingPieces[at] ?? 0] ?? -1) >= 0) kept++;
  }
  return kept;
}

function* writeEntries(into: Segment, sides: Sides): Generator<void, void> {
  const sizes = new Uint32Array(into.entryCount);
  for (const { segment, entries } of sides) {
    for (const [entry, number] of entries.entries()) {
      if (number >= 0) sizes[number] = sizeAt(segment.idOffsets, entry);
    }
    yield;
  }
  setOffsets(into.idOffsets, sizes);
  for (const { segment, entries, pieces } of sides) {
    for (const [entry, number] of entries.entries()) {
      if (entry % ENTRIES_A_TURN === 0) yield;
      if (number < 0) continue;
      segment.idBytes.copy(
        into.idBytes,
        into.idOffsets[number],
        segment.idOffsets[entry],
        segment.idOffsets[entry + 1],
      );
    }
    for (const [piece, number] of pieces.entries()) {
      if (piece % POSTINGS_A_TURN === 0) yield;
      if (number < 0) continue;
      into.pieceEntries[number] = entries[segment.pieceEntries[piece] ?? 0] ?? 0;
      into.pieceStarts[number] = segment.pieceStarts[piece] ?? 0;
      into.pieceEnds[number] = segment.pieceEnds[piece] ?? 0;
      into.pieceLengths[number] = segment.pieceLengths[piece] ?? 0;
    }
  }
}

function* writeTerms(into: Segment, [a, b]: Sides): Generator<void, void> {
  let [atA, atB] = [0, 0];
  let work = 0;
  for (let term = 0; term < into.termCount; term++) {
    atA = nextKept(a.terms, atA);
    atB = nextKept(b.terms, atB);
    const isInA = a.terms[atA] === term;
    const isInB = b.terms[atB] === term;
    const { segment } = isInA ? a : b;
    const source = isInA ? atA : atB;
    segment.termBytes.copy(
      into.termBytes,
      into.termOffsets[term],
      segment.termOffsets[source],
      segment.termOffsets[source + 1],
    );
    const [inA, inB] = [cursor(a, isInA ? atA : -1), cursor(b, isInB ? atB : -1)];
    const end = into.postingOffsets[term + 1] ?? 0;
    for (let at = into.postingOffsets[term] ?? 0; at < end; at += POSTINGS_A_TURN) {
      writePostings(into, at, Math.min(end, at + POSTINGS_A_TURN), inA, inB);
      work += POSTINGS_A_TERM + Math.min(end - at, POSTINGS_A_TURN);
      if (work < POSTINGS_A_TURN) continue;
      work = 0;
      yield;
    }
    if (isInA) atA++;
    if (isInB) atB++;
  }
}

function nextKept(numbers: Int32Array, from: number): number {
  let at = from;
  while (at < numbers.length && (numbers[at] ?? -1) < 0) at++;
  return at;
}

/** A walk over the living postings of a term. */
type Cursor = { readonly side: MergeSide; at: number; readonly end: number };

function cursor(side: MergeSide, term: number): Cursor {
  if (term < 0) return { side, at: 0, end: 0 };
  const { postingOffsets } = side.segment;
  return { side, at: postingOffsets[term] ?? 0, end: postingOffsets[term + 1] ?? 0 };
}

/** The next of a term's postings, from place `start` to `end`. Both lists ascend in the new numbers too, because numbering keeps the order of each side. */
function writePostings(into: Segment, start: number, end: number, a: Cursor, b: Cursor): void {
  let [pieceA, pieceB] = [livingPiece(a), livingPiece(b)];
  for (let at = start; at < end; at++) {
    const isA = pieceB < 0 || (pieceA >= 0 && pieceA < pieceB);
    const from = isA ? a : b;
    into.postingPieces[at] = isA ? pieceA : pieceB;
    into.postingCounts[at] = from.side.segment.postingCounts[from.at] ?? 0;
    from.at++;
    if (isA) pieceA = livingPiece(a);
    else pieceB = livingPiece(b);
  }
}

/** The new number of the piece that the cursor is at, after stepping over dead ones; -1 at the end. */
function livingPiece(cursor: Cursor): number {
  const { segment, pieces } = cursor.side;
  for (; cursor.at < cursor.end; cursor.at++) {
    const number = pieces[segment.postingPieces[cursor.at] ?? 0] ?? -1;
    if (number >= 0) return number;
  }
  return -1;
}

/** Strings packed one after another. */
type Strings = { readonly bytes: Buffer; readonly offsets: Uint32Array; readonly count: number };

function idsOf({ idBytes, idOffsets, entryCount }: Segment): Strings {
  return { bytes: idBytes, offsets: idOffsets, count: entryCount };
}

function termsOf({ termBytes, termOffsets, termCount }: Segment): Strings {
  return { bytes: termBytes, offsets: termOffsets, count: termCount };
}

/** Below 0 if the string at `atA` comes first, 0 if both are the same; what is past the end comes last. */
function compareStrings(a: Strings, atA: number, b: Strings, atB: number): number {
  if (atA >= a.count) return 1;
  if (atB >= b.count) return -1;
  return a.bytes.compare(b.bytes, b.offsets[atB], b.offsets[atB + 1], a.offsets[atA], a.offsets[atA + 1]);
}

function sizeAt(offsets: Uint32Array, at: number): number {
  return (offsets[at + 1] ?? 0) - (offsets[at] ?? 0);
}

function setOffsets(offsets: Uint32Array, sizes: Uint32Array): void {
  let at = 0;
  for (const [number, size] of sizes.entries()) {
    offsets[number] = at;
    at += size;
  }
  offsets[sizes.length] = at;
}
