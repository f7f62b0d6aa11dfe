import { calculateObjectSize } from 'bson';
import { EngineError } from '../errors.js';
import { compileSort } from '../query/sort.js';
import { StoredDocument } from '../store/bson.js';
import type { Collection } from '../store/collection.js';
import { documentKey } from '../store/key-space.js';
import type { Found } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { QueryEnv } from '../values/env.js';
import { fieldOf, putField } from '../values/path.js';
import type { Document } from '../values/types.js';

/** What a sort without an index may hold: the fields that it sorts by, for every document. As mongod. */
export const SORT_MEMORY_BYTES = 100 * 1024 * 1024;

type SortOptions = {
  sort: Document;
  /** Only so many of the first are wanted. */
  keep: number;
  env: QueryEnv;
};

type Item = { record: Buffer; sortFields: Document };

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
  const compare = compileSort(sort, env.collation);
  const order = (a: Item, b: Item): number => {
    env.checkTime();
    return compare(a.sortFields, b.sortFields);
  };
  let items: Item[] = [];
  let bytes = 0;
  const names = [...new Set(Object.keys(sort).map((path) => path.split('.')[0] ?? ''))];
  for (const { record, stored } of found) {
    const sortFields = pick(stored.document, names);
    items.push({ record, sortFields });
    bytes += memoryOf({ record, sortFields });
    if (items.length >= 2 * keep + 1000) {
      items = items.toSorted(order).slice(0, keep);
      bytes = items.reduce((sum, item) => sum + memoryOf(item), 0);
    }
    if (bytes > SORT_MEMORY_BYTES) throw sortTooLarge();
  }
  for (const { record } of items.toSorted(order)) {
    const raw = store.file.get(documentKey(collection.id, record));
    if (raw !== undefined) yield { record, stored: new StoredDocument(raw) };
  }
}

/** What a decoded document takes beside its bytes. */
const OVERHEAD_BYTES = 200;

const memoryOf = ({ sortFields }: Item): number => calculateObjectSize(sortFields) + OVERHEAD_BYTES;

function pick(document: Document, names: readonly string[]): Document {
  const picked: Document = {};
  for (const name of names) {
    const value = fieldOf(document, name);
    if (value !== undefined) putField(picked, name, value);
  }
  return picked;
}

function sortTooLarge(): EngineError {
  return new EngineError(
    292,
    'QueryExceededMemoryLimitNoDiskUseAllowed',
    `Sort exceeded memory limit of ${SORT_MEMORY_BYTES} bytes; add an index on the fields that are sorted by, or a limit`,
  );
}
