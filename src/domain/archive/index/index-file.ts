import { partOf, type Part } from './part.js';
import { readSegment } from './segment.js';

/** "TOMI" and the version of this layout. */
const MAGIC = 0x494d4f54;
const FILE_VERSION = 1;

/**
 * An index in bytes, in one chunk after another: magic, version, length and text of the analyzer's version, number of parts; then of each part the length of its
 * segment, the segment, and the deleted flags. Every number has four bytes, low byte first; every item starts at a multiple of four.
 */
export function writeParts(parts: readonly Part[], analyzerVersion: string): Uint8Array[] {
  const name = Buffer.from(analyzerVersion);
  const items = [
    numbers(MAGIC, FILE_VERSION, name.length),
    name,
    numbers(parts.length),
    // Segments never change and are written from where they are; flags may change before they are written.
    ...parts.flatMap(({ segment, deleted }) => [
      numbers(segment.bytes.length),
      segment.bytes,
      Uint8Array.from(deleted),
    ]),
  ];
  return items.flatMap((item) => [item, new Uint8Array(padded(item.length) - item.length)]);
}

/** @throws {RangeError} if it is not what `writeParts` writes, or of another analyzer. */
export function readParts(bytes: Uint8Array, analyzerVersion: string): Part[] {
  const reader = new Reader(bytes);
  if (reader.number() !== MAGIC || reader.number() !== FILE_VERSION) {
    throw new RangeError('This is no archive index of this version.');
  }
  if (Buffer.from(reader.bytes(reader.number())).toString() !== analyzerVersion) {
    throw new RangeError('This archive index was made from terms of another analyzer.');
  }
  return Array.from({ length: reader.number() }, () => {
    const segment = readSegment(reader.bytes(reader.number()));
    // Flags change; the bytes that were read may be shared.
    return partOf(segment, Uint8Array.from(reader.bytes(segment.entryCount)));
  });
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws {RangeError} at the end. */
  number(): number {
    const number = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return number;
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('An archive index ends before it should.');
    const found = this.#bytes.subarray(this.#at, end);
    this.#at += padded(length);
    return found;
  }
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, at * 4);
  return bytes;
}
