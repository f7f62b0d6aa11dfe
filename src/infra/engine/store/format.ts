import { decode, encode, StoredDocument } from './bson.js';
import { isBareDocument } from './checksum.js';
import { loadCollection } from './collection.js';
import type { DataFile, Entry } from './data-file.js';
import { PREFIX_BYTES, prefix, Space, successor } from './key-space.js';
import { indexRecord } from './records.js';
import { newerFormat } from './store-errors.js';

/**
 * Raised with every change of how keys or values are laid out. Format 1 has no checksums; 1 and 2 have one key for 10 and 1000 where
 * a collation counts digits as numbers.
 */
const FORMAT = 3;

const FORMAT_KEY = prefix(Space.format, 0);

/**
 * Marks a new file with the format, in a transaction of its own, before anything else; and brings an older one to it, all of it or
 * nothing.
 *
 * @throws {StoreError} NEWER_FORMAT if the file has a later one.
 */
export function checkFormat(file: DataFile): void {
  const stored = file.getPlain(FORMAT_KEY);
  const version = stored === undefined ? undefined : versionOf(file, stored);
  if (version === FORMAT) return;
  if (version !== undefined && version > FORMAT) throw newerFormat(version, FORMAT);
  file.transaction(() => {
    if (version === 1) file.addChecksums();
    if (version !== undefined) remakeNumericKeys(file);
    file.put(FORMAT_KEY, encode({ version: FORMAT }));
  });
}

function versionOf(file: DataFile, stored: Buffer): number {
  return isBareDocument(stored) ? 1 : Number(decode(file.get(FORMAT_KEY) ?? stored).version);
}

function remakeNumericKeys(file: DataFile): void {
  for (const { key, value } of within(file, Buffer.of(Space.collection))) {
    const collection = loadCollection(file, key.readUInt32BE(1), value);
    for (const index of collection.indexes) {
      if (index.collation?.numericOrdering !== true) continue;
      file.removeAll(index.prefix);
      for (const { key: at, value: raw } of within(file, prefix(Space.document, collection.id))) {
        const found = { record: at.subarray(PREFIX_BYTES), stored: new StoredDocument(raw) };
        indexRecord(file, collection, index, found);
      }
    }
  }
}

const within = (file: DataFile, start: Buffer): Iterable<Entry> => file.range({ start, end: successor(start) });
