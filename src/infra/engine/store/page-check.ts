import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isBareDocument, withoutChecksum } from './checksum.js';
import { freePagesOf } from './free-list.js';
import { prefix, Space } from './key-space.js';
import {
  HEADER_BYTES,
  type Meta,
  type Node,
  nodesOf,
  PageFault,
  PageFlag,
  readNewestMeta,
  type Tree,
} from './page-layout.js';
import { damaged } from './store-errors.js';

/*
 * LMDB trusts its file: a page that is not what it should be is not an error to it but a wrong answer, or the end of the process.
 * So the file is looked at before it is opened: every page that the newest transaction can reach.
 */

/** Leaves are read in the order of the disk, so many at a time: what is held of them meanwhile stays small. */
const LEAVES_AT_ONCE = 16_384;

const INTEGER_KEYS = 0x08;
const ONE_FILE = 0x4000;
const MAX_MAP_BYTES = 2 ** 60;

/** A page to look at, and between which keys of the page above its own must be. */
type Visit = { number: number; level: number; from: Buffer | undefined; to: Buffer | undefined };

type File = { file: number; meta: Meta; pages: number; seen: Uint8Array };

type Walk = File & {
  tree: Tree;
  compare: (one: Buffer, other: Buffer) => number;
  isFreeList: boolean;
  counted: Record<(typeof COUNTED)[number], number>;
  /** Of the free list: the pages that it holds. */
  free: number[];
  /** The first page with an entry whose checksum does not hold, if any. */
  changed: number | undefined;
  hasChecksums: boolean;
};

/**
 * Makes sure that a data file may be opened: each page that is in use is there once, is of its kind, keeps its entries inside itself
 * and in order, none is in use and free, and each entry has its checksum. Reads all of the file that is in use.
 *
 * @throws {StoreError} DAMAGED
 */
export function checkPages(path: string): void {
  onDataFile(path, (file, size) => {
    const meta = readNewestMeta(file);
    const pages = Math.floor(size / meta.pageBytes);
    checkMeta(meta);
    const seen = new Uint8Array(meta.lastPage + 1);
    const free = checkTree({ file, meta, pages, seen }, meta.freeList, true);
    checkTree({ file, meta, pages, seen }, meta.data, false);
    for (const number of free) claim({ meta, seen }, number);
  });
}

/** The transaction that wrote the newest pages; undefined where there is no data yet. @throws {StoreError} DAMAGED */
export const newestTransaction = (path: string): string | undefined =>
  onDataFile(path, (file) => String(readNewestMeta(file).transaction));

function onDataFile<T>(path: string, look: (file: number, size: number) => T): T | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    // An engine that was killed before its first write leaves an empty one.
    return size === 0 ? undefined : look(file, size);
  } catch (error) {
    if (error instanceof PageFault) throw damaged(path, error.message, { cause: error });
    throw error;
  } finally {
    closeSync(file);
  }
}

function checkMeta({ freeList, data, lastPage, pageBytes, mapBytes }: Meta): void {
  const hasKnownFlags = (freeList.flags | ONE_FILE) === (INTEGER_KEYS | ONE_FILE) && data.flags === 0;
  const isInside = (lastPage + 1) * pageBytes <= MAX_MAP_BYTES && mapBytes <= MAX_MAP_BYTES;
  if (!hasKnownFlags || !isInside || lastPage > 2 ** 32) throw new PageFault('its meta page is not what it should be');
}

const COUNTED = ['branchPages', 'leafPages', 'overflowPages', 'entries'] as const;

/** @returns of the free list, the pages that it holds. */
function checkTree(inside: File, tree: Tree, isFreeList: boolean): number[] {
  const compare = isFreeList ? compareIntegers : Buffer.compare;
  const counted = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
  const walk: Walk = {
    ...inside,
    tree,
    compare,
    isFreeList,
    counted,
    free: [],
    changed: undefined,
    hasChecksums: true,
  };
  if (tree.root !== undefined) visitAll(walk, { number: tree.root, level: 1, from: undefined, to: undefined });
  for (const what of COUNTED) {
    if (counted[what] !== tree[what]) throw new PageFault(`it has other pages or entries than it says (${what})`);
  }
  if (walk.hasChecksums && walk.changed !== undefined)
    throw new PageFault(`an entry of page ${walk.changed} has changed`);
  return walk.free;
}

function visitAll(walk: Walk, root: Visit): void {
  const branches: Visit[] = [];
  let leaves: Visit[] = [];
  const later = (visit: Visit): void => void (visit.level < walk.tree.depth ? branches : leaves).push(visit);
  const leafPage = Buffer.alloc(walk.meta.pageBytes);
  later(root);
  while (branches.length > 0 || leaves.length > 0) {
    const branch = branches.pop();
    if (branch !== undefined) visitBranch(walk, branch, later);
    if (leaves.length < LEAVES_AT_ONCE && branches.length > 0) continue;
    for (const leaf of leaves.toSorted((a, b) => a.number - b.number)) visitLeaf(walk, leaf, leafPage);
    leaves = [];
  }
}

function visitBranch(walk: Walk, visit: Visit, later: (below: Visit) => void): void {
  const page = Buffer.alloc(walk.meta.pageBytes);
  const nodes = readNodes(walk, visit, PageFlag.branch, page);
  walk.counted.branchPages++;
  const { from, to, level, number } = visit;
  // The first key of a branch stands for all that is less than the second: it is never looked at.
  const keys = nodes.slice(1).map(({ keyStart, keyEnd }) => page.subarray(keyStart, keyEnd));
  checkOrder(walk, number, keys, from, to);
  nodes.forEach((node, i) => {
    later({ number: node.page ?? 0, level: level + 1, from: keys[i - 1] ?? from, to: keys[i] ?? to });
  });
}

function visitLeaf(walk: Walk, visit: Visit, page: Buffer): void {
  const nodes = readNodes(walk, visit, PageFlag.leaf, page);
  const { number, from, to } = visit;
  walk.counted.leafPages++;
  walk.counted.entries += nodes.length;
  const keys = nodes.map(({ keyStart, keyEnd }) => page.subarray(keyStart, keyEnd));
  checkOrder(walk, number, keys, from, to);
  nodes.forEach((node, i) => {
    if (node.page !== undefined) visitValue(walk, node.page, node);
    const value = valueOf(walk, page, node);
    if (walk.isFreeList) for (const free of freePagesOf(value, walk.meta.lastPage)) walk.free.push(free);
    else checkEntry(walk, number, keys[i] ?? page, value);
  });
}

const FORMAT_KEY = prefix(Space.format, 0);

function checkEntry(walk: Walk, number: number, key: Buffer, value: Buffer): void {
  if (withoutChecksum(key, value) === undefined) walk.changed ??= number;
  if (key.equals(FORMAT_KEY)) walk.hasChecksums = !isBareDocument(value);
}

function visitValue(walk: Walk, first: number, { valuePages: pages, transaction }: Node): void {
  const { file, meta, counted } = walk;
  for (let number = first; number < first + pages; number++) claim(walk, number, walk.pages);
  const header = Buffer.alloc(HEADER_BYTES);
  readSync(file, header, 0, HEADER_BYTES, first * meta.pageBytes);
  checkHeader(walk, header, first, PageFlag.overflow);
  if (header.readUInt32LE(20) !== pages || transaction > meta.transaction)
    throw new PageFault(`page ${first} does not start a value of ${pages} pages`);
  counted.overflowPages += pages;
}

function readNodes(walk: Walk, { number }: Visit, flag: number, page: Buffer): Node[] {
  claim(walk, number, walk.pages);
  readSync(walk.file, page, 0, page.length, number * page.length);
  checkHeader(walk, page, number, flag);
  const nodes = nodesOf(page, number);
  if (nodes.length < (flag === PageFlag.branch && !walk.isFreeList ? 2 : 1))
    throw new PageFault(`page ${number} is empty`);
  return nodes;
}

function valueOf({ file, meta }: Walk, page: Buffer, { page: first, keyEnd, valueBytes }: Node): Buffer {
  if (first === undefined) return page.subarray(keyEnd, keyEnd + valueBytes);
  const value = Buffer.alloc(valueBytes);
  readSync(file, value, 0, valueBytes, first * meta.pageBytes + HEADER_BYTES);
  return value;
}

/** @param pages how many the file has; pages that are free need not be there. */
function claim({ meta, seen }: Pick<File, 'meta' | 'seen'>, number: number, pages = Infinity): void {
  if (!(number > 1 && number <= meta.lastPage)) throw new PageFault(`there is no page ${number} to point to`);
  if (number >= pages) throw new PageFault(`page ${number} of ${meta.lastPage} is missing`);
  if (seen[number] === 1) throw new PageFault(`page ${number} is in use twice`);
  seen[number] = 1;
}

function checkHeader({ meta }: Walk, page: Buffer, number: number, flag: number): void {
  const isItself = page.readBigUInt64LE(0) === BigInt(number);
  // A page of a transaction that is still to come would be taken for one that may be written to.
  const isOfThePast = page.readBigUInt64LE(8) <= meta.transaction;
  if (!isItself || !isOfThePast || page.readUInt16LE(16) !== 0 || page.readUInt16LE(18) !== flag) {
    throw new PageFault(`page ${number} is not what it should be`);
  }
}

function checkOrder(
  walk: Walk,
  number: number,
  keys: Buffer[],
  from: Buffer | undefined,
  to: Buffer | undefined,
): void {
  let last = from;
  for (const [i, key] of keys.entries()) {
    if (key.length === 0 || (walk.isFreeList && key.length !== 8))
      throw new PageFault(`page ${number} has an impossible key`);
    const order = last === undefined ? -1 : walk.compare(last, key);
    if (order > 0 || (order === 0 && i > 0)) throw new PageFault(`the keys of page ${number} are not in order`);
    last = key;
  }
  if (last !== undefined && to !== undefined && walk.compare(last, to) >= 0) {
    throw new PageFault(`the keys of page ${number} are not in order`);
  }
}

function compareIntegers(one: Buffer, other: Buffer): number {
  const difference = one.readBigUInt64LE() - other.readBigUInt64LE();
  return difference < 0n ? -1 : Number(difference > 0n);
}
