import type { Collection } from '../store/collection.js';
import { removeRecord } from '../store/records.js';
import type { Store } from '../store/store.js';

/** Removes the oldest documents of a capped collection until it is within its limits again. */
export function trimCapped(store: Store, collection: Collection): void {
  const { options } = collection;
  if (options.capped !== true) return;
  const maxCount = options.max === undefined ? Infinity : Number(options.max);
  const maxBytes = Number(options.size);
  let bytes = 0;
  for (const { stored } of store.scan(collection)) bytes += stored.raw.length;
  for (const found of store.scan(collection)) {
    if (collection.count <= maxCount && (bytes <= maxBytes || collection.count === 1)) return;
    bytes -= found.stored.raw.length;
    removeRecord(store.file, collection, found);
  }
}
