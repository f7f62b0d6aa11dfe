import { decode, encode } from './bson.js';
import { isBareDocument } from './checksum.js';
import type { DataFile } from './data-file.js';
import { prefix, Space } from './key-space.js';
import { newerFormat } from './store-errors.js';

/** Raised with every change of how keys or values are laid out. Format 1 has no checksums. */
const FORMAT = 2;

const FORMAT_KEY = prefix(Space.format, 0);

/**
 * Marks a new file with the format, in a transaction of its own, before anything else; and brings an older one to it, all of it or
 * nothing.
 *
 * @throws {StoreError} NEWER_FORMAT if the file has a later one.
 */
export function checkFormat(file: DataFile): void {
  const stored = file.getPlain(FORMAT_KEY);
  if (stored === undefined || isBareDocument(stored)) {
    file.transaction(() => {
      if (stored !== undefined) file.addChecksums();
      file.put(FORMAT_KEY, encode({ version: FORMAT }));
    });
    return;
  }
  const version = Number(decode(file.get(FORMAT_KEY) ?? stored).version);
  if (version > FORMAT) throw newerFormat(version, FORMAT);
}
