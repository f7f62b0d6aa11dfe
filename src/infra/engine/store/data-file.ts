import { open, type RootDatabase } from 'lmdb';
import { join } from 'node:path';
import { successor } from './key-space.js';
import { checkPages } from './page-check.js';
import { damaged } from './store-errors.js';

const FILE_NAME = 'store.mdb';

/** How much of a range is read at once, in entries and in bytes. In between, other commands may write. */
const CHUNK_ENTRIES = 512;
const FIRST_CHUNK_ENTRIES = 32;
const CHUNK_BYTES = 1024 * 1024;

export type Entry = { key: Buffer; value: Buffer };

export type RangeOptions = {
  /** Inclusive. */
  start: Buffer;
  /** Exclusive. */
  end: Buffer;
  isReverse?: boolean;
};

/** The one LMDB file of an engine: an ordered map from bytes to bytes, with transactions. */
export class DataFile {
  readonly #lmdb: RootDatabase<Buffer, Buffer>;

  private constructor(lmdb: RootDatabase<Buffer, Buffer>) {
    this.#lmdb = lmdb;
  }

  /**
   * @param noSync leaves it to the operating system when writes reach the disk.
   * @throws {StoreError} DAMAGED if the file is there and is no whole LMDB file.
   */
  static open(dir: string, noSync: boolean): DataFile {
    const path = join(dir, FILE_NAME);
    checkPages(path);
    const lmdb = openLmdb(path, noSync);
    return new DataFile(lmdb);
  }

  get(key: Buffer): Buffer | undefined {
    return this.#lmdb.get(key);
  }

  put(key: Buffer, value: Buffer): void {
    this.#lmdb.putSync(key, value);
  }

  remove(key: Buffer): void {
    this.#lmdb.removeSync(key);
  }

  /** How many keys start with a prefix. */
  count(prefix: Buffer): number {
    return this.#lmdb.getKeysCount({ start: prefix, end: successor(prefix) });
  }

  removeAll(prefix: Buffer): void {
    for (const { key } of this.range({ start: prefix, end: successor(prefix) })) this.remove(key);
  }

  /** Entries in the order of their keys. What is written while it runs may or may not be among them. */
  *range({ start, end, isReverse = false }: RangeOptions): Generator<Entry> {
    let from = start;
    let to = end;
    let entries = FIRST_CHUNK_ENTRIES;
    for (;;) {
      const chunk = this.#chunk(from, to, isReverse, entries);
      yield* chunk.entries;
      const last = chunk.entries.at(-1);
      if (chunk.isLast || last === undefined) return;
      if (isReverse) to = last.key;
      else from = Buffer.concat([last.key, Buffer.of(0)]);
      entries = CHUNK_ENTRIES;
    }
  }

  /** All or nothing, and on the disk when it returns. Inside another transaction: a part that can fail alone. */
  transaction<T>(work: () => T): T {
    return this.#lmdb.transactionSync(work);
  }

  async close(): Promise<void> {
    await this.#lmdb.close();
  }

  #chunk(start: Buffer, end: Buffer, isReverse: boolean, limit: number): { entries: Entry[]; isLast: boolean } {
    const entries: Entry[] = [];
    let bytes = 0;
    const range = isReverse
      ? { start: end, end: start, reverse: true, exclusiveStart: true, inclusiveEnd: true, limit }
      : { start, end, limit };
    for (const { key, value } of this.#lmdb.getRange(range)) {
      entries.push({ key, value });
      bytes += value.length;
      if (bytes > CHUNK_BYTES) return { entries, isLast: false };
    }
    return { entries, isLast: entries.length < limit };
  }
}

/**
 * Values in and out as they are. LMDB's own reading gives each value memory of its own; copies into shared pieces, many to one, leave
 * far less behind after a long scan.
 */
const BYTES = {
  encode: (value: Buffer): Buffer => value,
  /** @param bytes are used again for the next value; their `length` is not that of the memory behind them. */
  decode(bytes: Uint8Array): Buffer {
    const copy = Buffer.allocUnsafe(bytes.length);
    copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    return copy;
  },
};

function openLmdb(path: string, noSync: boolean): RootDatabase<Buffer, Buffer> {
  try {
    // Without overlappingSync a commit returns when it is on the disk, and takes a quarter of the time.
    return open<Buffer, Buffer>({
      path,
      keyEncoding: 'binary',
      encoder: BYTES,
      overlappingSync: false,
      noSync,
      cache: false,
    });
  } catch (cause) {
    if (cause instanceof Error && /MDB_(?:INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND)/.test(cause.message)) {
      throw damaged(path, cause.message, { cause });
    }
    throw cause;
  }
}
