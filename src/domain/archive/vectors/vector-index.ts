import type { TextRange } from '../analysis/cut-pieces.js';
import { bitCount, lengthOf, pack, signWords, writeSigns } from './packed-vector.js';

/** Up to here every vector is compared with what was asked. */
const MAX_SCANNED = 5_000;

/** Beyond it so many are compared, of those whose signs agree best with it; a fiftieth of all if that is more. */
const MIN_RESCORED = 500;
const RESCORED_SHARE = 50;

/** Bytes that an entry takes beside its vectors, about. */
const BYTES_AN_ENTRY = 160;

/** What is kept of an entry in one vector space. */
export type EntryVectors = {
  readonly entryId: string;
  /** Of the entry: of another one it says nothing. */
  readonly version: number;
  readonly pieces: readonly (TextRange & { readonly vector: Int8Array })[];
};

export type VectorHit = {
  readonly entryId: string;
  readonly version: number;
  /** The piece that is most like what was asked. */
  readonly piece: TextRange;
  /** -1 to 1. */
  readonly likeness: number;
};

type Row = { readonly entryId: string; readonly version: number; readonly piece: TextRange; isAlive: boolean };

/** The vectors of one archive in memory, all of one length: the first that is added where there is none decides which, and others are passed over. */
export class VectorIndex {
  #dimensions = 0;
  #rows: Row[] = [];
  #dead = 0;
  /** Rows of each entry, by its id. */
  readonly #byEntry = new Map<string, Row[]>();
  #vectors = new Int8Array(0);
  #signs = new Uint32Array(0);
  #lengths = new Float32Array(0);

  get byteLength(): number {
    const arrays = this.#vectors.byteLength + this.#signs.byteLength + this.#lengths.byteLength;
    return arrays + this.#rows.length * BYTES_AN_ENTRY;
  }

  get entryCount(): number {
    return this.#byEntry.size;
  }

  /** Whether a vector is as long as those that are here. */
  fits({ length }: Float32Array): boolean {
    return this.#dimensions === 0 || length === this.#dimensions;
  }

  /** Puts the vectors of an entry in the place of those that are there. */
  put({ entryId, version, pieces }: EntryVectors): void {
    this.remove(entryId);
    if (this.#byEntry.size === 0) this.#clear();
    this.#dimensions ||= pieces[0]?.vector.length ?? 0;
    const fitting = pieces.filter(({ vector }) => vector.length === this.#dimensions);
    if (fitting.length === 0) return;
    this.#reserve(this.#rows.length + fitting.length);
    const rows = fitting.map(({ start, end, vector }): Row => {
      this.#write(this.#rows.length, vector);
      const row = { entryId, version, piece: { start, end }, isAlive: true };
      this.#rows.push(row);
      return row;
    });
    this.#byEntry.set(entryId, rows);
  }

  remove(entryId: string): void {
    const rows = this.#byEntry.get(entryId) ?? [];
    for (const row of rows) row.isAlive = false;
    this.#dead += rows.length;
    this.#byEntry.delete(entryId);
    if (this.#dead > MAX_SCANNED && this.#dead > this.#rows.length / 2) this.#compact();
  }

  /** Lets go of all entries but those that are accepted. */
  retain(accepts: (entryId: string) => boolean): void {
    for (const entryId of this.#byEntry.keys()) if (!accepts(entryId)) this.remove(entryId);
  }

  /**
   * The entries most like `asked`, best first, each with its best piece.
   *
   * @param limits At least so much alike; at most so many.
   * @param accepts Whether an entry may be found at all.
   */
  search(
    asked: Float32Array,
    { floor, limit }: { floor: number; limit: number },
    accepts: (entryId: string) => boolean,
  ): VectorHit[] {
    if (asked.length !== this.#dimensions) return [];
    const accepted = new Map<string, boolean>();
    const isWanted = ({ entryId, isAlive }: Row): boolean => {
      if (!isAlive) return false;
      const known = accepted.get(entryId) ?? accepts(entryId);
      accepted.set(entryId, known);
      return known;
    };
    const rows = this.#rows.length <= MAX_SCANNED ? this.#rows.keys() : this.#withLikeSigns(asked, isWanted);
    return this.#best(asked, rows, { floor, limit, isWanted });
  }

  #best(
    asked: Float32Array,
    rows: Iterable<number>,
    { floor, limit, isWanted }: { floor: number; limit: number; isWanted: (row: Row) => boolean },
  ): VectorHit[] {
    const length = lengthOf(asked);
    const found: { number: number; likeness: number }[] = [];
    for (const number of rows) {
      const likeness = this.#dot(asked, number) / (length * (this.#lengths[number] ?? 1));
      if (likeness >= floor) found.push({ number, likeness });
    }
    const hits = new Map<string, VectorHit>();
    for (const { number, likeness } of found.toSorted((a, b) => b.likeness - a.likeness || a.number - b.number)) {
      const row = this.#rows[number];
      if (hits.size === limit) break;
      if (row === undefined || hits.has(row.entryId) || !isWanted(row)) continue;
      hits.set(row.entryId, { entryId: row.entryId, version: row.version, piece: row.piece, likeness });
    }
    return [...hits.values()];
  }

  /** The wanted rows whose signs differ least, sorted by counting: there are few distances, and many rows. */
  #withLikeSigns(asked: Float32Array, isWanted: (row: Row) => boolean): number[] {
    const count = this.#rows.length;
    const distances = this.#distances(asked);
    const starts = new Uint32Array(this.#dimensions + 2);
    for (const distance of distances) starts[distance + 1] = (starts[distance + 1] ?? 0) + 1;
    for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0);
    const sorted = new Uint32Array(count);
    for (let number = 0; number < count; number++) {
      const distance = distances[number] ?? 0;
      const place = starts[distance] ?? 0;
      sorted[place] = number;
      starts[distance] = place + 1;
    }
    const wanted: number[] = [];
    const most = Math.max(MIN_RESCORED, Math.ceil(count / RESCORED_SHARE));
    for (const number of sorted) {
      const row = this.#rows[number];
      if (row !== undefined && isWanted(row)) wanted.push(number);
      if (wanted.length === most) break;
    }
    return wanted;
  }

  #distances(asked: Float32Array): Uint16Array {
    const words = signWords(this.#dimensions);
    const wanted = new Uint32Array(words);
    writeSigns(asked, wanted);
    const signs = this.#signs;
    const distances = new Uint16Array(this.#rows.length);
    for (let number = 0, at = 0; number < distances.length; number++) {
      let distance = 0;
      for (let word = 0; word < words; word++) distance += bitCount((signs[at++] ?? 0) ^ (wanted[word] ?? 0));
      distances[number] = distance;
    }
    return distances;
  }

  #dot(asked: Float32Array, number: number): number {
    const vectors = this.#vectors;
    const start = number * this.#dimensions;
    let sum = 0;
    for (let at = 0; at < asked.length; at++) sum += (asked[at] ?? 0) * (vectors[start + at] ?? 0);
    return sum;
  }

  #write(number: number, vector: Int8Array): void {
    const words = signWords(this.#dimensions);
    this.#vectors.set(vector, number * this.#dimensions);
    writeSigns(vector, this.#signs.subarray(number * words, (number + 1) * words).fill(0));
    this.#lengths[number] = lengthOf(vector);
  }

  /** Half as much again as is needed, so that adding one by one does not copy all each time. */
  #reserve(rows: number): void {
    if (rows <= this.#lengths.length) return;
    const room = Math.ceil(rows * 1.5);
    const vectors = new Int8Array(room * this.#dimensions);
    const signs = new Uint32Array(room * signWords(this.#dimensions));
    const lengths = new Float32Array(room);
    vectors.set(this.#vectors);
    signs.set(this.#signs);
    lengths.set(this.#lengths);
    [this.#vectors, this.#signs, this.#lengths] = [vectors, signs, lengths];
  }

  /** The next vector may have another length. */
  #clear(): void {
    this.#dimensions = 0;
    this.#rows = [];
    this.#dead = 0;
    this.#vectors = new Int8Array(0);
    this.#signs = new Uint32Array(0);
    this.#lengths = new Float32Array(0);
  }

  #compact(): void {
    const words = signWords(this.#dimensions);
    const living: Row[] = [];
    for (const [number, row] of this.#rows.entries()) {
      if (!row.isAlive) continue;
      const to = living.push(row) - 1;
      this.#vectors.copyWithin(to * this.#dimensions, number * this.#dimensions, (number + 1) * this.#dimensions);
      this.#signs.copyWithin(to * words, number * words, (number + 1) * words);
      this.#lengths[to] = this.#lengths[number] ?? 1;
    }
    this.#rows = living;
    this.#dead = 0;
  }
}

/** The vectors of an entry as they are kept. */
export function entryVectors(
  { entryId, version }: Pick<EntryVectors, 'entryId' | 'version'>,
  pieces: readonly (TextRange & { readonly vector: Float32Array })[],
): EntryVectors {
  return { entryId, version, pieces: pieces.map(({ start, end, vector }) => ({ start, end, vector: pack(vector) })) };
}
