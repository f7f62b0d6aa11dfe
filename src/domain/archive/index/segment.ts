/**
 * A part of an index that never changes: packed arrays, one after another in one buffer, so that it is written and read as it is.
 * Entries stand in the order of their ids, pieces in the order of their entries, terms in the order of their UTF-8 bytes.
 */
export type Segment = {
  /** All of the arrays below. */
  readonly bytes: Uint8Array;
  readonly entryCount: number;
  readonly pieceCount: number;
  readonly termCount: number;

  /** Id `n` is the bytes from `idOffsets[n]` to `idOffsets[n + 1]`. */
  readonly idOffsets: Uint32Array;
  readonly idBytes: Buffer;

  /** The entry that a piece is of, where it lies in the content, and how many terms it has (see `lengthCode`). */
  readonly pieceEntries: Uint32Array;
  readonly pieceStarts: Uint32Array;
  readonly pieceEnds: Uint32Array;
  readonly pieceLengths: Uint8Array;

  readonly termOffsets: Uint32Array;
  readonly termBytes: Buffer;

  /** Pieces that have term `n`, ascending, and how often each does: from `postingOffsets[n]` to `postingOffsets[n + 1]`. */
  readonly postingOffsets: Uint32Array;
  readonly postingPieces: Uint32Array;
  readonly postingCounts: Uint8Array;

  /** Terms by how they sound and by how they might be misspelled: keys ascending, and the term of each key. See `neighbours.ts`. */
  readonly neighbourKeys: Uint32Array;
  readonly neighbourTerms: Uint32Array;
};

/** Sizes that decide where each array lies. */
export type SegmentSizes = {
  readonly entries: number;
  readonly pieces: number;
  readonly terms: number;
  readonly postings: number;
  readonly neighbours: number;
  readonly idBytes: number;
  readonly termBytes: number;
};

/** The first bytes of a segment: "TOMS" and the version of this layout. */
const MAGIC = 0x534d4f54;
const LAYOUT_VERSION = 1;
const HEADER_WORDS = 9;

/** An empty segment of these sizes, to be filled by whoever makes it. */
export function allocateSegment(sizes: SegmentSizes): Segment {
  const bytes = new Uint8Array(layoutOf(sizes).total);
  const header = new Uint32Array(bytes.buffer, 0, HEADER_WORDS);
  const { entries, pieces, terms, postings, neighbours, idBytes, termBytes } = sizes;
  header.set([MAGIC, LAYOUT_VERSION, entries, pieces, terms, postings, neighbours, idBytes, termBytes]);
  return viewSegment(bytes, sizes);
}

/**
 * The segment that `bytes` hold, over the same memory.
 *
 * @throws {RangeError} if they are not a whole segment of this layout: it is then to be built again.
 */
export function readSegment(bytes: Uint8Array): Segment {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  if (aligned.byteLength < HEADER_WORDS * 4) throw new RangeError('A segment ends before its header does.');
  const header = new Uint32Array(aligned.buffer, aligned.byteOffset, HEADER_WORDS);
  const [magic, version, entries = 0, pieces = 0, terms = 0, postings = 0, neighbours = 0, idBytes = 0, termBytes = 0] =
    header;
  if (magic !== MAGIC || version !== LAYOUT_VERSION) throw new RangeError('This is no segment of this version.');
  const sizes = { entries, pieces, terms, postings, neighbours, idBytes, termBytes };
  if (layoutOf(sizes).total !== aligned.byteLength) throw new RangeError('A segment is not as long as it says.');
  return viewSegment(aligned, sizes);
}

function viewSegment(bytes: Uint8Array, sizes: SegmentSizes): Segment {
  const { words, octets } = layoutOf(sizes);
  const wordsAt = ([offset, length]: Place): Uint32Array =>
    new Uint32Array(bytes.buffer, bytes.byteOffset + offset, length);
  const octetsAt = ([offset, length]: Place): Uint8Array =>
    new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length);
  const bufferAt = ([offset, length]: Place): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset + offset, length);
  return {
    bytes,
    entryCount: sizes.entries,
    pieceCount: sizes.pieces,
    termCount: sizes.terms,
    idOffsets: wordsAt(words.idOffsets),
    pieceEntries: wordsAt(words.pieceEntries),
    pieceStarts: wordsAt(words.pieceStarts),
    pieceEnds: wordsAt(words.pieceEnds),
    termOffsets: wordsAt(words.termOffsets),
    postingOffsets: wordsAt(words.postingOffsets),
    postingPieces: wordsAt(words.postingPieces),
    neighbourKeys: wordsAt(words.neighbourKeys),
    neighbourTerms: wordsAt(words.neighbourTerms),
    pieceLengths: octetsAt(octets.pieceLengths),
    postingCounts: octetsAt(octets.postingCounts),
    idBytes: bufferAt(octets.idBytes),
    termBytes: bufferAt(octets.termBytes),
  };
}

/** Offset in bytes, and length in elements. */
type Place = readonly [offset: number, length: number];

/** Words come first, so that they are aligned. */
function layoutOf(sizes: SegmentSizes) {
  let at = HEADER_WORDS * 4;
  const place = (length: number, width: number): Place => {
    const offset = at;
    at += length * width;
    return [offset, length];
  };
  const words = {
    idOffsets: place(sizes.entries + 1, 4),
    pieceEntries: place(sizes.pieces, 4),
    pieceStarts: place(sizes.pieces, 4),
    pieceEnds: place(sizes.pieces, 4),
    termOffsets: place(sizes.terms + 1, 4),
    postingOffsets: place(sizes.terms + 1, 4),
    postingPieces: place(sizes.postings, 4),
    neighbourKeys: place(sizes.neighbours, 4),
    neighbourTerms: place(sizes.neighbours, 4),
  };
  const octets = {
    pieceLengths: place(sizes.pieces, 1),
    postingCounts: place(sizes.postings, 1),
    idBytes: place(sizes.idBytes, 1),
    termBytes: place(sizes.termBytes, 1),
  };
  return { words, octets, total: at };
}

/** A piece's number of terms in one byte, within 5 percent: sixteen steps for each doubling. */
export function lengthCode(length: number): number {
  return Math.min(255, Math.round(16 * Math.log2(1 + length)));
}

/** The number of terms that a code stands for. */
export function lengthOf(code: number): number {
  return 2 ** (code / 16) - 1;
}

/** The term's number; -1 if the segment does not have it. */
export function findTerm(segment: Segment, term: string): number {
  return findBytes(segment.termBytes, segment.termOffsets, Buffer.from(term));
}

/** The entry's number; -1 if the segment does not have it. */
export function findEntry(segment: Segment, entryId: string): number {
  return findBytes(segment.idBytes, segment.idOffsets, Buffer.from(entryId));
}

export function termAt(segment: Segment, number: number): string {
  return segment.termBytes.toString('utf8', segment.termOffsets[number], segment.termOffsets[number + 1]);
}

export function entryIdAt(segment: Segment, number: number): string {
  return segment.idBytes.toString('utf8', segment.idOffsets[number], segment.idOffsets[number + 1]);
}

/** In how many pieces the term is. */
export function pieceCountOf(segment: Segment, term: number): number {
  return (segment.postingOffsets[term + 1] ?? 0) - (segment.postingOffsets[term] ?? 0);
}

/** Whether the piece has the term of this number. */
export function hasTerm(segment: Segment, piece: number, term: number): boolean {
  let low = segment.postingOffsets[term] ?? 0;
  let high = (segment.postingOffsets[term + 1] ?? 0) - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = segment.postingPieces[middle] ?? 0;
    if (found === piece) return true;
    if (found < piece) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

function findBytes(bytes: Buffer, offsets: Uint32Array, wanted: Buffer): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareBytes(bytes, offsets[middle] ?? 0, offsets[middle + 1] ?? 0, wanted);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** As Buffer.compare orders; terms are short, and a call out of the engine costs more than they do. */
function compareBytes(bytes: Buffer, start: number, end: number, wanted: Buffer): number {
  const shared = Math.min(end - start, wanted.length);
  for (let at = 0; at < shared; at++) {
    const difference = (bytes[start + at] ?? 0) - (wanted[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return end - start - wanted.length;
}
