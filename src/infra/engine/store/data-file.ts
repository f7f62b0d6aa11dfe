import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { join } from 'node:path';
import { withChecksum, withoutChecksum } from './checksum.js';
import { DiskRoom } from './disk-room.js';
import { successor } from './key-space.js';
import { checkPages } from './page-check.js';
import { breakSeal, isSealed, seal } from './seal.js';
import { namedDamage } from './storage-failures.js';
import { damaged, StoreError } from './store-errors.js';

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

/** What is given for a stored entry. */
type ValueOf = (key: Buffer, stored: Buffer) => Buffer;

export type DataFileOptions = {
  /** Leaves it to the operating system when writes reach the disk. */
  noSync: boolean;
  /** Looks at all pages even of a file that was closed properly. */
  isSuspicious?: boolean;
  /** What the disk of a file has left for us. */
  freeBytes?: ((path: string) => number) | undefined;
};

/** The one LMDB file of an engine: an ordered map from bytes to bytes, with transactions and a checksum for each entry. */
export class DataFile {
  readonly #lmdb: RootDatabase<Buffer, Buffer>;
  readonly #path: string;
  readonly #noSync: boolean;
  readonly #room: DiskRoom;
  /** How many transactions are open, one inside the other. */
  #depth = 0;
  #isDamaged = false;

  private constructor(
    lmdb: RootDatabase<Buffer, Buffer>,
    path: string,
    { noSync, freeBytes }: Pick<DataFileOptions, 'noSync' | 'freeBytes'>,
  ) {
    this.#lmdb = lmdb;
    this.#path = path;
    this.#noSync = noSync;
    this.#room = new DiskRoom(path, freeBytes);
  }

  /**
   * @throws {StoreError} DAMAGED if the file is there and is no whole LMDB file.
   */
  static open(dir: string, { noSync, isSuspicious = false, freeBytes }: DataFileOptions): DataFile {
    const path = join(dir, FILE_NAME);
    if (isSuspicious || !isSealed(path)) checkPages(path);
    // Where writes do not wait for the disk, a power failure may keep later pages and lose what tells of them.
    if (noSync) breakSeal(path);
    return new DataFile(openLmdb(path, noSync), path, { noSync, freeBytes });
  }

  /** What another thread of this process has open and has looked at. */
  static beside(dir: string, noSync: boolean): DataFile {
    const path = join(dir, FILE_NAME);
    return new DataFile(openLmdb(path, noSync), path, { noSync });
  }

  /** From now on reads what is committed now. */
  refresh(): void {
    this.#lmdb.resetReadTxn();
  }

  /** @throws {StoreError} DAMAGED if it is not what was put there. */
  get(key: Buffer): Buffer | undefined {
    const stored = this.getPlain(key);
    return stored === undefined ? undefined : this.#sound(key, stored);
  }

  /** With its checksum, which is not looked at. */
  getPlain(key: Buffer): Buffer | undefined {
    try {
      return this.#lmdb.get(key);
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /** In a transaction. @throws {Error} if the disk has no room for it. */
  put(key: Buffer, value: Buffer): void {
    this.#room.claimPut(key.length + value.length);
    this.#lmdb.putSync(key, withChecksum(key, value));
  }

  /** In a transaction. @throws {Error} if the disk has no room for what changes by it. */
  remove(key: Buffer): void {
    this.#room.claimRemoval();
    this.#lmdb.removeSync(key);
  }

  /** How many keys start with a prefix. */
  count(prefix: Buffer): number {
    return this.#lmdb.getKeysCount({ start: prefix, end: successor(prefix) });
  }

  /** In a transaction. @throws {Error} if the disk has no room for what changes by it. */
  removeAll(prefix: Buffer): void {
    this.#room.claimRemoval();
    for (const { key, value } of this.range({ start: prefix, end: successor(prefix) })) {
      this.#room.claimNextRemoval(key.length + value.length);
      this.#lmdb.removeSync(key);
    }
  }

  /** Entries in the order of their keys. What is written while it runs may or may not be among them. */
  range(options: RangeOptions): Generator<Entry> {
    return this.#entries(options, this.#sound);
  }

  /** All or nothing, and on the disk when it returns. Inside another transaction: a part that can fail alone. */
  transaction<T>(work: () => T): T {
    if (this.#depth === 0) this.#room.startTransaction();
    this.#depth++;
    try {
      return this.#lmdb.transactionSync(work);
    } catch (error) {
      throw this.#noted(error);
    } finally {
      this.#depth--;
    }
  }

  /** Gives every entry of a file that has none its checksum. */
  addChecksums(): void {
    const everything = { start: Buffer.of(0), end: Buffer.alloc(1, 0xff), isReverse: false };
    for (const { key, value } of this.#entries(everything, (_, stored) => stored)) this.put(key, value);
  }

  async close(): Promise<void> {
    await this.#lmdb.close();
    // What may still be on its way to the disk, or is known to be damaged, has to be looked at again.
    if (this.#noSync || this.#isDamaged) breakSeal(this.#path);
    else seal(this.#path);
  }

  *#entries({ start, end, isReverse = false }: RangeOptions, valueOf: ValueOf): Generator<Entry> {
    let from = start;
    let to = end;
    let entries = FIRST_CHUNK_ENTRIES;
    for (;;) {
      const chunk = this.#chunk(from, to, isReverse, entries);
      for (const { key, value } of chunk.entries) yield { key, value: valueOf(key, value) };
      const last = chunk.entries.at(-1);
      if (chunk.isLast || last === undefined) return;
      if (isReverse) to = last.key;
      else from = Buffer.concat([last.key, Buffer.of(0)]);
      entries = CHUNK_ENTRIES;
    }
  }

  #chunk(start: Buffer, end: Buffer, isReverse: boolean, limit: number): { entries: Entry[]; isLast: boolean } {
    const entries: Entry[] = [];
    let bytes = 0;
    const range = isReverse
      ? { start: end, end: start, reverse: true, exclusiveStart: true, inclusiveEnd: true, limit }
      : { start, end, limit };
    try {
      for (const entry of this.#lmdb.getRange(range)) {
        entries.push(entry);
        bytes += entry.value.length;
        if (bytes > CHUNK_BYTES) return { entries, isLast: false };
      }
      return { entries, isLast: entries.length < limit };
    } catch (error) {
      throw this.#noted(error);
    }
  }

  readonly #sound: ValueOf = (key, stored) => {
    const value = withoutChecksum(key, stored);
    if (value !== undefined) return value;
    throw this.#noted(damaged(this.#path, `what was stored under ${key.toString('hex')} has changed`));
  };

  #noted(error: unknown): unknown {
    const named = namedDamage(this.#path, error);
    this.#isDamaged ||= named instanceof StoreError;
    return named;
  }
}

/**
 * Values in and out as they are. LMDB's own reading gives each value memory of its own; copies into shared pieces, many to one, leave
 * far less behind after a long scan.
 */
const BYTES = {
  encode: (value: Buffer): Buffer => value,
  /** @param bytes LMDB's own buffer, which it uses again. It sets `length` to that of the value, which `set` does not heed: hence the view. */
  decode(bytes: Uint8Array): Buffer {
    const copy = Buffer.allocUnsafe(bytes.length);
    copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    return copy;
  },
};

function openLmdb(path: string, noSync: boolean): RootDatabase<Buffer, Buffer> {
  try {
    return open<Buffer, Buffer>(lmdbOptions(path, noSync));
  } catch (error) {
    throw namedDamage(path, error);
  }
}

/** What LMDB is asked for: that a commit returns when it is on the disk, unless `noSync`. */
export function lmdbOptions(path: string, noSync: boolean): RootDatabaseOptionsWithPath {
  // With overlappingSync a commit would return before, and take four times as long.
  return { path, keyEncoding: 'binary', encoder: BYTES, overlappingSync: false, noSync, cache: false };
}
