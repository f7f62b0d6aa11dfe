import { closeSync, openSync, statfsSync } from 'node:fs';
import { readNewestMeta, type Tree } from './page-layout.js';

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

/** New pages are half full, if entries come in no order. */
const FILLING = 0.5;

/** By how much the list of free pages grows for each byte that is removed: by 8 bytes for a page, and pages are at least a quarter full. */
const LISTED = 8 / 1024;

/** Whether there is room on the disk for what one transaction after the other writes. */
export class DiskRoom {
  #free = 0;
  #pages: PageBytes | undefined;
  #newBytes = 0;
  #puts = 0;
  #removals = 0;
  #nextRemovals = 0;

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
    this.#pages = undefined;
    this.#newBytes = 0;
    this.#puts = 0;
    this.#removals = 0;
    this.#nextRemovals = 0;
  }

  /** To be called before each entry is put; `bytes` are those of its key and its value. @throws {Error} ENOSPC. */
  claimPut(bytes: number): void {
    this.#puts++;
    this.#newBytes += bytes / FILLING;
    this.#check();
  }

  /** To be called before each entry is removed. @throws {Error} ENOSPC. */
  claimRemoval(): void {
    this.#removals++;
    this.#check();
  }

  /**
   * To be called before the entry is removed that comes after the last one that was: most are on the same page, and one that becomes empty is used again for the
   * copy of the next. `bytes` are those of its key and its value. @throws {Error} ENOSPC.
   */
  claimNextRemoval(bytes: number): void {
    this.#nextRemovals++;
    this.#newBytes += bytes * LISTED;
    this.#check();
  }

  #check(): void {
    const around = (this.#puts + this.#removals) * BYTES_AROUND_ENTRY;
    const leftAtLeast = this.#free - this.#newBytes - around;
    if (leftAtLeast >= KEPT_BYTES) return;
    this.#pages ??= pageBytesOf(this.path);
    // A transaction writes each page anew once, however many of its entries change.
    const left = this.#free - this.#newBytes - Math.min(around, this.#pages.inUse + this.#newBytes);
    if (left >= KEPT_BYTES) return;
    const makesRoom = this.#removals + this.#nextRemovals > this.#puts;
    if (left >= ALWAYS_KEPT_BYTES && (makesRoom || left + this.#pages.free >= KEPT_BYTES)) return;
    throw new Error(`ENOSPC: ${Math.floor(this.#free / MIB)} MiB are left on the disk`);
  }
}

function bytesFreeAt(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** What the pages of a data file come to, in bytes. */
type PageBytes = { readonly inUse: number; readonly free: number };

function pageBytesOf(path: string): PageBytes {
  const file = openSync(path, 'r');
  try {
    const { freeList, data, lastPage, pageBytes } = readNewestMeta(file);
    const inUse = META_PAGES + pagesOf(freeList) + pagesOf(data);
    return { inUse: inUse * pageBytes, free: (lastPage + 1 - inUse) * pageBytes };
  } finally {
    closeSync(file);
  }
}

const META_PAGES = 2;

const pagesOf = ({ branchPages, leafPages, overflowPages }: Tree): number => branchPages + leafPages + overflowPages;
