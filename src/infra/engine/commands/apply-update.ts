import type { Update } from '../query/update.js';
import { upsertBase } from '../query/upsert.js';
import type { StoredDocument } from '../store/bson.js';
import type { Collection } from '../store/collection.js';
import { type Found, insertRecord, replaceRecord } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { Document } from '../values/types.js';
import { trimCapped } from './capped.js';
import { checkSize, toStored, validate } from './document-checks.js';

/** An update that is ready to be applied to documents of one collection. */
export type Change = {
  store: Store;
  collection: Collection;
  update: Update;
  filter: Document;
  bypassesValidator: boolean;
};

/**
 * Changes one document where it is.
 *
 * @returns the document as it is now, and whether that is another than before.
 */
export function changeFound(change: Change, found: Found): { stored: StoredDocument; isChanged: boolean } {
  const { store, collection, update, filter } = change;
  const stored = toStored(update.apply(found.stored.document, { isInsert: false, filter }));
  if (stored.raw.equals(found.stored.raw)) return { stored: found.stored, isChanged: false };
  checkSize(stored);
  if (!change.bypassesValidator) validate(collection, stored, found.stored);
  replaceRecord(store.file, collection, found, stored);
  return { stored, isChanged: true };
}

/** Inserts what the filter and the update say of a document that was not found. */
export function insertUpserted(change: Change): StoredDocument {
  const { store, collection, update, filter } = change;
  const stored = toStored(update.apply(upsertBase(filter, update), { isInsert: true, filter }));
  checkSize(stored);
  if (!change.bypassesValidator) validate(collection, stored);
  insertRecord(store.file, collection, stored);
  trimCapped(store, collection);
  return stored;
}
