import { EngineError } from '../errors.js';
import { compileSortKeys } from '../query/sort.js';
import type { SortKey } from '../query/sort.js';
import { StoredDocument } from '../store/bson.js';
import type { Collection } from '../store/collection.js';
import { documentKey } from '../store/key-space.js';
import type { Found } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { QueryEnv } from '../values/env.js';
import { roughSize } from '../values/size.js';
import type { Document } from '../values/types.js';

/** What a sort without an index may hold: the fields that it sorts by, for every document. As mongod. */
export const SORT_MEMORY_BYTES = 100 * 1024 * 1024;

type SortOptions = {
  sort: Document;
  /** Only so many of the first are wanted. */
  keep: number;
  env: QueryEnv;
};

type Item = { record: Buffer; key: SortKey };

/**
 * Sorts in memory, stably, by what each document has in the fields that are sorted by; the documents themselves are read again when
 * their turn comes.
 *
 * @throws {EngineError} 292 when that takes more than {@link SORT_MEMORY_BYTES}.
 */
export function* sortFound(
  store: Store,
  collection: Collection,
  found: Iterable<Found>,
  { sort, keep, env }: SortOptions,
): Generator<Found> {
  const { keyOf, compare } = compileSortKeys(sort, env.collation, env.textScore);
  const order = (a: Item, b: Item): number => {
    env.checkTime();
    return compare(a.key, b.key);
  };
  let items: Item[] = [];
  let bytes = 0;
  for (const { record, stored } of found) {
    const item = { record, key: keyOf(stored.document) };
    items.push(item);
    bytes += memoryOf(item);
    if (items.length >= 2 * keep + 1000) {
      items = items.toSorted(order).slice(0, keep);
      bytes = items.reduce((sum, kept) => sum + memoryOf(kept), 0);
    }
    if (bytes > SORT_MEMORY_BYTES) throw sortTooLarge();
  }
  for (const { record } of items.toSorted(order)) {
    const raw = store.file.get(documentKey(collection.id, record));
    if (raw !== undefined) yield { record, stored: new StoredDocument(raw) };
  }
}

/** What an item takes beside its key. */
const OVERHEAD_BYTES = 200;

const memoryOf = ({ key }: Item): number => roughSize(key) + OVERHEAD_BYTES;

function sortTooLarge(): EngineError {
  return new EngineError(
    292,
    'QueryExceededMemoryLimitNoDiskUseAllowed',
    `Sort exceeded memory limit of ${SORT_MEMORY_BYTES} bytes; add an index on the fields that are sorted by, or a limit`,
  );
}
