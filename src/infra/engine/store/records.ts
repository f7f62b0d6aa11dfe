import { duplicateKey } from '../indexes/duplicate-key.js';
import { type Entries, entriesOf } from '../indexes/entries.js';
import type { Index } from '../indexes/index-spec.js';
import type { StoredDocument } from './bson.js';
import { type Collection, saveCollection } from './collection.js';
import type { DataFile } from './data-file.js';
import { documentKey, PREFIX_BYTES, RECORD_BYTES, recordOf } from './key-space.js';

/*
 * Writing one document with all its index keys. Whatever can refuse it is asked before the first byte is written, so that a
 * refused document leaves no trace in the transaction it shares with others.
 */

/** A document and where it is kept. */
export type Found = { record: Buffer; stored: StoredDocument };

/** @throws {EngineError} 11000 if a unique index holds its key. */
export function insertRecord(file: DataFile, collection: Collection, stored: StoredDocument): void {
  const record = recordOf(collection.nextRecord);
  const puts: Buffer[] = [];
  for (const index of collection.indexes) {
    const entries = entriesOf(index, stored);
    noteShape(file, collection, index, entries);
    for (const key of entries.keys) puts.push(claim(file, collection, index, key, record, stored));
  }
  collection.nextRecord++;
  collection.count++;
  noteBytes(collection, stored.raw.length);
  file.put(documentKey(collection.id, record), stored.raw);
  for (const key of puts) file.put(key, record);
}

/** @throws {EngineError} 11000 if a unique index holds one of its new keys for another document. */
export function replaceRecord(file: DataFile, collection: Collection, found: Found, stored: StoredDocument): void {
  const { record } = found;
  const puts: Buffer[] = [];
  const removals: Buffer[] = [];
  for (const index of collection.indexes) {
    if (index.isOfId) continue;
    const before = entriesOf(index, found.stored);
    const after = entriesOf(index, stored);
    noteShape(file, collection, index, after);
    for (const key of without(after.keys, before.keys)) {
      puts.push(claim(file, collection, index, key, record, stored));
    }
    for (const key of without(before.keys, after.keys)) removals.push(entryKey(index, key, record));
  }
  for (const key of removals) file.remove(key);
  for (const key of puts) file.put(key, record);
  file.put(documentKey(collection.id, record), stored.raw);
  noteBytes(collection, stored.raw.length - found.stored.raw.length);
}

export function removeRecord(file: DataFile, collection: Collection, { record, stored }: Found): void {
  for (const index of collection.indexes) {
    for (const key of entriesOf(index, stored).keys) file.remove(entryKey(index, key, record));
  }
  file.remove(documentKey(collection.id, record));
  collection.count--;
  noteBytes(collection, -stored.raw.length);
}

/** Puts one document that is already stored into a new index. */
export function indexRecord(file: DataFile, collection: Collection, index: Index, { record, stored }: Found): void {
  const entries = entriesOf(index, stored);
  noteShape(file, collection, index, entries);
  for (const key of entries.keys) file.put(claim(file, collection, index, key, record, stored), record);
}

export function entryKey({ prefix, isUnique }: Index, key: Buffer, record: Buffer): Buffer {
  const length = PREFIX_BYTES + key.length;
  const entry = Buffer.allocUnsafe(isUnique ? length : length + RECORD_BYTES);
  entry.set(prefix);
  entry.set(key, PREFIX_BYTES);
  if (!isUnique) entry.set(record, length);
  return entry;
}

function claim(
  file: DataFile,
  collection: Collection,
  index: Index,
  key: Buffer,
  record: Buffer,
  stored: StoredDocument,
): Buffer {
  const entry = entryKey(index, key, record);
  if (!index.isUnique) return entry;
  const holder = file.get(entry);
  if (holder !== undefined && !holder.equals(record)) {
    throw duplicateKey(collection.namespace, index, stored.document, key);
  }
  return entry;
}

/** What an index has once seen decides how it may be used, so it is kept with the collection. */
function noteShape(file: DataFile, collection: Collection, index: Index, { multikey, hasCutKeys }: Entries): void {
  if (multikey.length === 0 && !hasCutKeys) return;
  const isNew = multikey.some((position) => !index.multikey.has(position)) || (hasCutKeys && !index.hasCutKeys);
  if (!isNew) return;
  index.multikey = new Set([...index.multikey, ...multikey]);
  index.hasCutKeys ||= hasCutKeys;
  saveCollection(file, collection);
}

function noteBytes(collection: Collection, more: number): void {
  if (collection.bytes !== undefined) collection.bytes += more;
}

function without(keys: readonly Buffer[], others: readonly Buffer[]): Buffer[] {
  return keys.filter((key) => !others.some((other) => other.equals(key)));
}
