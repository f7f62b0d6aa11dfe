import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { damaged } from './store-errors.js';

/*
 * LMDB trusts its file: what is not there is not an error to it but the end of the process. So the file is looked at before it is
 * opened. The layout of its pages is LMDB's: two meta pages, of which the newer counts, then the pages of two trees, the free
 * list and the data.
 */
const HEADER_BYTES = 24;
const MAGIC = 0xbeefc0de;
const META_BYTES = 168;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

const PageFlag = { branch: 1, leaf: 2, leaf2: 32 } as const;
/** The value of a leaf's entry lies on pages of its own. */
const BIG_VALUE = 1;

type Meta = { pageBytes: number; freeRoot: bigint; dataRoot: bigint; lastPage: bigint; transaction: bigint };

/**
 * Makes sure that a data file may be opened: it is one, and no page that is in use is missing at its end.
 *
 * @throws {StoreError} DAMAGED
 */
export function checkPages(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    checkFile(path, file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function checkFile(path: string, file: number, size: number): void {
  // An engine that was killed before its first write leaves an empty one.
  if (size === 0) return;
  const first = readMeta(file, 0);
  const second = first === undefined ? undefined : readMeta(file, first.pageBytes);
  if (first === undefined || second === undefined) throw damaged(path, 'it does not start as a data file does');
  const meta = first.transaction > second.transaction ? first : second;
  if (size >= (Number(meta.lastPage) + 1) * meta.pageBytes) return;
  // Pages at the end may be missing if they are free, so each that is in use is asked for.
  const missing = firstMissing(file, meta, Math.floor(size / meta.pageBytes));
  if (missing !== undefined) throw damaged(path, `page ${missing} of ${meta.lastPage} is missing`);
}

function readMeta(file: number, at: number): Meta | undefined {
  const page = Buffer.alloc(META_BYTES);
  if (readSync(file, page, 0, META_BYTES, at) < META_BYTES || page.readUInt32LE(HEADER_BYTES) !== MAGIC)
    return undefined;
  return {
    pageBytes: page.readUInt32LE(48),
    freeRoot: page.readBigUInt64LE(88),
    dataRoot: page.readBigUInt64LE(136),
    lastPage: page.readBigUInt64LE(144),
    transaction: page.readBigUInt64LE(152),
  };
}

/** Walks both trees. @param pages how many the file has */
function firstMissing(file: number, { pageBytes, freeRoot, dataRoot }: Meta, pages: number): bigint | undefined {
  const page = Buffer.alloc(pageBytes);
  const toVisit = [freeRoot, dataRoot].filter((root) => root !== NO_PAGE);
  for (let number = toVisit.pop(); number !== undefined; number = toVisit.pop()) {
    if (number >= BigInt(pages)) return number;
    readSync(file, page, 0, pageBytes, Number(number) * pageBytes);
    toVisit.push(...pagesBelow(page));
  }
  return undefined;
}

/** The pages that a page points to; of a value's own pages the last, which is missing if any is. */
function pagesBelow(page: Buffer): bigint[] {
  const flags = page.readUInt16LE(18);
  if ((flags & (PageFlag.branch | PageFlag.leaf)) === 0 || (flags & PageFlag.leaf2) !== 0) return [];
  const entries = page.readUInt16LE(20) >> 1;
  const below: bigint[] = [];
  for (let i = 0; i < entries; i++) {
    const node = HEADER_BYTES + page.readUInt16LE(HEADER_BYTES + 2 * i);
    const low = page.readUInt32LE(node);
    const high = page.readUInt16LE(node + 4);
    if ((flags & PageFlag.branch) !== 0) below.push(BigInt(low) + (BigInt(high) << 32n));
    else if ((high & BIG_VALUE) !== 0) {
      const keyBytes = page.readUInt16LE(node + 6);
      below.push(page.readBigUInt64LE(node + 8 + keyBytes) + overflowPages(low, page.length) - 1n);
    }
  }
  return below;
}

const overflowPages = (valueBytes: number, pageBytes: number): bigint =>
  BigInt(Math.ceil((HEADER_BYTES + valueBytes) / pageBytes));
