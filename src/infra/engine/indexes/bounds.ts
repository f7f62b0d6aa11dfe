import { successor } from '../store/key-space.js';
import { typeRank } from '../values/compare.js';
import { isDocument, type Value } from '../values/types.js';
import { type Index, type IndexField, isSameCollation } from './index-spec.js';
import { EMPTY_ARRAY, MAX_KEY_BYTES, Rank, storedKey, writeValue } from './keys.js';
import { KeyWriter } from './key-writer.js';
import type { Predicate } from './predicates.js';
import type { Document } from '../values/types.js';

/** From a key on, up to before another; no end is the end of the index. */
export type KeyRange = {
  start: Buffer;
  end: Buffer | undefined;
  /** `start` is one whole key, and the range holds no other. */
  isOneKey?: boolean;
};

export type Bounds = {
  ranges: readonly KeyRange[];
  /** How many of the index's first fields are pinned to points. */
  pinned: number;
  /** How many of those are pinned to a single one. */
  pinnedToOne: number;
  /** Whether the field after the pinned ones is bounded by a range. */
  hasRange: boolean;
};

/** More would cost more to walk than to check the documents. */
const MAX_RANGES = 2000;

const writer = new KeyWriter();

/** Where in an index the documents must be that match. */
export function boundsOf(
  index: Index,
  predicates: ReadonlyMap<string, Predicate>,
  collation: Document | undefined,
): Bounds {
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let pinned = 0;
  let pinnedToOne = 0;
  let hasMultikeyField = false;
  for (const [position, field] of index.fields.entries()) {
    const predicate = predicates.get(field.path);
    const isMultikey = index.multikey.has(position);
    // Two conditions on fields of one array may be met by two elements, which are two keys.
    if (predicate === undefined || (isMultikey && hasMultikeyField)) break;
    const points = pointsOf(index, field, predicate, collation);
    if (points === undefined || points.length * prefixes.length > MAX_RANGES) {
      const within = rangesOf(index, field, predicate, collation, isMultikey);
      if (within === undefined) break;
      const ranges = prefixes.flatMap((prefix) => within.map((range) => after(prefix, range)));
      return { ranges: inOrder(ranges), pinned, pinnedToOne, hasRange: true };
    }
    prefixes = prefixes.flatMap((prefix) => points.map((point) => Buffer.concat([prefix, point])));
    hasMultikeyField ||= isMultikey;
    if (points.length === 1 && pinnedToOne === pinned) pinnedToOne++;
    pinned++;
  }
  const isWhole = pinned === index.fields.length;
  return { ranges: inOrder(prefixes.map((key) => startingWith(key, isWhole))), pinned, pinnedToOne, hasRange: false };
}

function pointsOf(
  index: Index,
  field: IndexField,
  { points }: Predicate,
  collation: Document | undefined,
): Buffer[] | undefined {
  if (points === undefined) return undefined;
  if (!isSameCollation(index.collation, collation) && points.some(holdsText)) return undefined;
  const keys = new Map<string, Buffer>();
  for (const point of points) {
    for (const value of point === null || point === undefined ? [null, EMPTY_ARRAY] : [point]) {
      const key = keyOf(index, field, value);
      keys.set(key.toString('latin1'), key);
    }
  }
  return [...keys.values()];
}

const holdsText = (value: Value): boolean =>
  typeof value === 'string' || isDocument(value) || Array.isArray(value) || typeRank(value) === typeRank('');

function keyOf(index: Index, { direction }: IndexField, value: unknown): Buffer {
  writer.clear();
  writeValue(writer, value, index.fold);
  if (direction < 0) writer.invert(0);
  return writer.take();
}

function rangesOf(
  index: Index,
  field: IndexField,
  predicate: Predicate,
  collation: Document | undefined,
  isMultikey: boolean,
): KeyRange[] | undefined {
  const { low, startsWith } = predicate;
  // One element of an array may be above the low limit and another below the high one.
  const high = isMultikey && low !== undefined ? undefined : predicate.high;
  const limit = low ?? high;
  if (limit === undefined)
    return startsWith === undefined ? undefined : prefixRanges(index, field, startsWith, collation);
  if (high !== undefined && typeRank(high.value) !== typeRank(limit.value)) return undefined;
  const isOrdered = index.fold === undefined && isSameCollation(index.collation, collation);
  if (!isOrdered && holdsText(limit.value)) return undefined;
  const ascending: IndexField = { ...field, direction: 1 };
  const bracket = keyOf(index, ascending, limit.value)[0] ?? 0;
  let start: Buffer = Buffer.of(bracket);
  let end: Buffer = Buffer.of(bracket + 1);
  if (low !== undefined) {
    start = keyOf(index, ascending, low.value);
    if (!low.isInclusive && start.length <= MAX_KEY_BYTES) start = successor(start);
  }
  if (high !== undefined) {
    end = keyOf(index, ascending, high.value);
    if (high.isInclusive) end = successor(end);
  }
  return [directed(field, { start, end })];
}

function prefixRanges(
  index: Index,
  field: IndexField,
  { text, pattern }: NonNullable<Predicate['startsWith']>,
  collation: Document | undefined,
): KeyRange[] | undefined {
  if (index.fold !== undefined || !isSameCollation(index.collation, collation)) return undefined;
  const start = Buffer.concat([Buffer.of(Rank.string), Buffer.from(text, 'utf8')]);
  const strings = directed(field, { start, end: successor(start) });
  if (pattern === undefined) return [strings];
  const itself = keyOf(index, field, pattern);
  return [strings, { start: itself, end: successor(itself) }];
}

/** In a descending field the bytes are inverted, so that the range runs the other way. */
function directed({ direction }: IndexField, range: { start: Buffer; end: Buffer }): KeyRange {
  return direction > 0 ? range : { start: inverted(range.end), end: successor(inverted(range.start)) };
}

const inverted = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => 0xff - byte));

/** A key that is too long was cut when it was stored: so are the limits, which then hold a little more. */
function after(prefix: Buffer, { start, end }: KeyRange): KeyRange {
  const from = Buffer.concat([prefix, start]).subarray(0, MAX_KEY_BYTES);
  if (end === undefined) return { start: from, end };
  const to = Buffer.concat([prefix, end]);
  return { start: from, end: to.length > MAX_KEY_BYTES ? successor(to.subarray(0, MAX_KEY_BYTES)) : to };
}

function startingWith(key: Buffer, isWhole: boolean): KeyRange {
  if (key.length === 0) return { start: key, end: undefined };
  const start = isWhole ? storedKey(key).key : key.subarray(0, MAX_KEY_BYTES);
  return { start, end: successor(start), isOneKey: isWhole };
}

const inOrder = (ranges: KeyRange[]): KeyRange[] => ranges.toSorted((a, b) => Buffer.compare(a.start, b.start));
