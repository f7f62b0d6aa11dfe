import { decode, encode } from './bson.js';
import type { DataFile } from './data-file.js';
import { prefix, Space } from './key-space.js';
import { newerFormat } from './store-errors.js';

/** Raised with every change of how keys or values are laid out. */
const FORMAT = 1;

/**
 * Marks a new file with the format; written in a transaction of its own, before anything else.
 *
 * @throws {StoreError} NEWER_FORMAT if the file has a later one.
 */
export function checkFormat(file: DataFile): void {
  const key = prefix(Space.format, 0);
  const stored = file.get(key);
  if (stored === undefined) {
    file.transaction(() => file.put(key, encode({ version: FORMAT })));
    return;
  }
  const version = Number(decode(stored).version);
  if (version > FORMAT) throw newerFormat(version, FORMAT);
}
