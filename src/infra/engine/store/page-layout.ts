import { readSync } from 'node:fs';

/*
 * How LMDB lays out its file: two meta pages, of which the newer counts, then the pages of two trees, the free list and the data.
 * A page starts with its own number, the transaction that wrote it, its flags, and where its free space begins and ends; offsets
 * count from the end of this header. A leaf's value that is too large for its page lies on pages of its own, one after another.
 */

export const HEADER_BYTES = 24;
const NODE_BYTES = 8;
/** In the place of a value that has pages of its own: the first of them, the transaction that wrote it, and how many they are. */
const REFERENCE_BYTES = 24;
export const PageFlag = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const;

const META_BYTES = 168;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/** What is wrong with a data file, as a part of a sentence. */
export class PageFault extends Error {
  override readonly name = 'PageFault';
}

/** What a meta page says about one of the trees. */
export type Tree = {
  flags: number;
  depth: number;
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
  /** Undefined where the tree is empty. */
  root: number | undefined;
};

export type Meta = {
  pageBytes: number;
  mapBytes: number;
  freeList: Tree;
  data: Tree;
  lastPage: number;
  transaction: bigint;
};

/** Of a branch, `page` is what is below; of a leaf, it is where a value lies that has pages of its own. */
export type Node = {
  keyStart: number;
  keyEnd: number;
  page: number | undefined;
  valueBytes: number;
  /** How many pages its value has for itself. A value that became smaller in the transaction that wrote it keeps all that it had. */
  valuePages: number;
  /** Which wrote the pages of its value; 0 where it has none. */
  transaction: bigint;
};

/** @throws {PageFault} if it is no data file, or its meta pages contradict each other. */
export function readNewestMeta(file: number): Meta {
  const first = readMeta(file, 0, 0);
  const second = readMeta(file, 1, first.pageBytes);
  const [older, newer] = first.transaction < second.transaction ? [first, second] : [second, first];
  const isInTurn =
    newer.transaction === older.transaction + 1n && newer === (newer.transaction % 2n === 0n ? first : second);
  if (!isInTurn && !isUnused(older)) throw new PageFault('its meta pages are not of two transactions in turn');
  if (older.pageBytes !== newer.pageBytes) throw new PageFault('its meta pages give two sizes of a page');
  return newer;
}

/** As it is in a new file, and in a compacted copy of any, where the other one has all that counts. */
const isUnused = ({ transaction, lastPage, freeList, data }: Meta): boolean =>
  transaction === 0n && lastPage === 1 && freeList.root === undefined && data.root === undefined;

function readMeta(file: number, number: number, at: number): Meta {
  const page = Buffer.alloc(META_BYTES);
  const isWhole = readSync(file, page, 0, META_BYTES, at) === META_BYTES;
  if (!isWhole || page.readUInt32LE(HEADER_BYTES) !== MAGIC || page.readUInt32LE(28) !== VERSION) {
    throw new PageFault('it does not start as a data file does');
  }
  const isMeta = page.readBigUInt64LE(0) === BigInt(number) && page.readUInt16LE(18) === PageFlag.meta;
  const pageBytes = page.readUInt32LE(48);
  const isPowerOfTwo = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
  if (!isMeta || !isPowerOfTwo) throw new PageFault(`its meta page ${number} is not what it should be`);
  return {
    pageBytes,
    mapBytes: numberAt(page, 40),
    freeList: treeAt(page, 48),
    data: treeAt(page, 96),
    lastPage: numberAt(page, 144),
    transaction: page.readBigUInt64LE(152),
  };
}

function treeAt(page: Buffer, at: number): Tree {
  return {
    flags: page.readUInt16LE(at + 4),
    depth: page.readUInt16LE(at + 6),
    branchPages: numberAt(page, at + 8),
    leafPages: numberAt(page, at + 16),
    overflowPages: numberAt(page, at + 24),
    entries: numberAt(page, at + 32),
    root: page.readBigUInt64LE(at + 40) === NO_PAGE ? undefined : numberAt(page, at + 40),
  };
}

/** A number of 8 bytes; what is too large to be exact is too large to be true. */
const numberAt = (page: Buffer, at: number): number => Number(page.readBigUInt64LE(at));

/** How many pages a value needs for itself. */
const overflowPages = (valueBytes: number, pageBytes: number): number =>
  Math.ceil((HEADER_BYTES + valueBytes) / pageBytes);

/**
 * The entries of a branch or a leaf, in the order of their keys.
 *
 * @throws {PageFault} if they are not packed one beside the other to the end of the page.
 */
export function nodesOf(page: Buffer, number: number): Node[] {
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  const space = page.length - HEADER_BYTES;
  if (lower % 2 !== 0 || lower > upper || upper > space)
    throw new PageFault(`page ${number} lies about its free space`);
  const isBranch = page.readUInt16LE(18) === PageFlag.branch;
  const nodes: Node[] = [];
  let used = 0;
  for (let at = 0; at < lower; at += 2) {
    const offset = page.readUInt16LE(HEADER_BYTES + at);
    if (offset < upper || offset + NODE_BYTES > space) throw new PageFault(`page ${number} points outside itself`);
    const { node, bytes } = nodeAt(page, HEADER_BYTES + offset, isBranch, number);
    if (offset + bytes > space) throw new PageFault(`an entry of page ${number} does not end on it`);
    used += bytes + (bytes % 2);
    nodes.push(node);
  }
  if (used !== space - upper) throw new PageFault(`the entries of page ${number} do not fill their place`);
  return nodes;
}

function nodeAt(page: Buffer, at: number, isBranch: boolean, number: number): { node: Node; bytes: number } {
  const low = page.readUInt32LE(at);
  const flags = page.readUInt16LE(at + 4);
  const keyStart = at + NODE_BYTES;
  const keyEnd = keyStart + page.readUInt16LE(at + 6);
  // The third half-word has the high bits of a branch's page number, and the flags of a leaf's entry.
  if (isBranch) {
    return {
      node: { keyStart, keyEnd, page: low + flags * 2 ** 32, valueBytes: 0, valuePages: 0, transaction: 0n },
      bytes: keyEnd - at,
    };
  }
  if (flags > 1) throw new PageFault(`page ${number} has an entry of an unknown kind`);
  const isBig = flags === 1;
  const bytes = keyEnd - at + (isBig ? REFERENCE_BYTES : low);
  const inside = { keyStart, keyEnd, page: undefined, valueBytes: low, valuePages: 0, transaction: 0n };
  if (!isBig) return { node: inside, bytes };
  if (at + bytes > page.length) throw new PageFault(`an entry of page ${number} does not end on it`);
  const valuePages = numberAt(page, keyEnd + 16);
  if (valuePages < overflowPages(low, page.length)) {
    throw new PageFault(`page ${number} has a value with too few pages`);
  }
  const transaction = page.readBigUInt64LE(keyEnd + 8);
  return { node: { ...inside, page: numberAt(page, keyEnd), valuePages, transaction }, bytes };
}
