import { closeSync, openSync, statfsSync } from 'node:fs';
import { type Meta, readNewestMeta, type Tree } from './page-layout.js';

/*
 * LMDB 3.5.6 must not meet a full disk: while it tells which page the operating system refused, it writes past the end of the memory that it has for the message,
 * and the process is aborted sooner or later. So the disk is asked before, and nothing is begun that might not fit.
 */

const MIB = 1024 * 1024;

/** Left on the disk by all but those transactions that make room; free pages within the file count as well. */
const KEPT_BYTES = 32 * MIB;

/** Left on the disk by every transaction, since it is not known which of the free pages can be used. */
const ALWAYS_KEPT_BYTES = 8 * MIB;

/** For an entry, the leaf that it is on and the branch above, neither of which need be where the last one was. */
const BYTES_AROUND_ENTRY = 2 * 4096;

/** From here on the entries of a transaction are taken to be near each other: what they need is told by their bytes. */
const ENTRIES_APART = 2048;

/** New pages are half full, if entries come in no order. */
const FILLING = 0.5;

/** Whether there is room on the disk for what one transaction after the other writes. */
export class DiskRoom {
  #free = 0;
  #freeInside: number | undefined;
  #claimed = 0;
  #puts = 0;
  #removals = 0;

  /**
   * @param path of the data file, which is there.
   * @param freeBytes what a disk has left for us.
   */
  constructor(
    private readonly path: string,
    private readonly freeBytes: (path: string) => number = bytesFreeAt,
  ) {}

  /** To be called before the first entry of a transaction. */
  startTransaction(): void {
    this.#free = this.freeBytes(this.path);
    this.#freeInside = undefined;
    this.#claimed = 0;
    this.#puts = 0;
    this.#removals = 0;
  }

  /** To be called before each entry is put; `bytes` are those of its key and its value. @throws {Error} ENOSPC. */
  claimPut(bytes: number): void {
    this.#puts++;
    this.#claim(bytes / FILLING);
  }

  /** To be called before each entry is removed. @throws {Error} ENOSPC. */
  claimRemoval(): void {
    this.#removals++;
    this.#claim(0);
  }

  #claim(bytes: number): void {
    this.#claimed += bytes + (this.#puts + this.#removals <= ENTRIES_APART ? BYTES_AROUND_ENTRY : 0);
    const left = this.#free - this.#claimed;
    if (left >= KEPT_BYTES) return;
    const makesRoom = this.#removals > this.#puts;
    if (left >= ALWAYS_KEPT_BYTES && (makesRoom || left + this.#inside() >= KEPT_BYTES)) return;
    throw new Error(`ENOSPC: ${Math.floor(this.#free / MIB)} MiB are left on the disk`);
  }

  /** Bytes of free pages in the file. */
  #inside(): number {
    this.#freeInside ??= freePageBytes(this.path);
    return this.#freeInside;
  }
}

function bytesFreeAt(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

function freePageBytes(path: string): number {
  const file = openSync(path, 'r');
  try {
    const meta = readNewestMeta(file);
    return (meta.lastPage + 1 - pagesInUse(meta)) * meta.pageBytes;
  } finally {
    closeSync(file);
  }
}

const META_PAGES = 2;

const pagesInUse = ({ freeList, data }: Meta): number => META_PAGES + pagesOf(freeList) + pagesOf(data);

const pagesOf = ({ branchPages, leafPages, overflowPages }: Tree): number => branchPages + leafPages + overflowPages;
