import type { Collection } from '../store/collection.js';
import { removeRecord } from '../store/records.js';
import type { Store } from '../store/store.js';

/** Removes the oldest documents of a capped collection until it is within its limits again. */
export function trimCapped(store: Store, collection: Collection): void {
  const { options } = collection;
  if (options.capped !== true) return;
  const maxCount = options.max === undefined ? Infinity : Number(options.max);
  const maxBytes = Number(options.size);
  const isWithin = (): boolean =>
    collection.count <= maxCount && (collection.count === 1 || store.bytesOf(collection) <= maxBytes);
  if (isWithin()) return;
  for (const found of store.scan(collection)) {
    removeRecord(store.file, collection, found);
    if (isWithin()) return;
  }
}
