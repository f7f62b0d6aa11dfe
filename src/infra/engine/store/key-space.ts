/**
 * How the one ordered key space of the data file is divided. Each key starts with its space and a number:
 *
 *     1 0          → the format
 *     2 collection → what the collection is: name, options, indexes
 *     3 collection → how many documents it holds
 *     4 collection record       → the document, as BSON; records ascend in the order of insertion
 *     5 index key        → record (unique)
 *     5 index key record → record (not unique)
 */
export const Space = { format: 1, collection: 2, count: 3, document: 4, index: 5 } as const;

export const PREFIX_BYTES = 5;
export const RECORD_BYTES = 6;

export function prefix(space: number, id: number): Buffer {
  const key = Buffer.allocUnsafe(PREFIX_BYTES);
  key[0] = space;
  key.writeUInt32BE(id, 1);
  return key;
}

export function recordOf(number: number): Buffer {
  const record = Buffer.allocUnsafe(RECORD_BYTES);
  record.writeUInt16BE(Math.floor(number / 2 ** 32), 0);
  record.writeUInt32BE(number % 2 ** 32, 2);
  return record;
}

export function documentKey(collectionId: number, record: Buffer): Buffer {
  const key = Buffer.allocUnsafe(PREFIX_BYTES + RECORD_BYTES);
  key[0] = Space.document;
  key.writeUInt32BE(collectionId, 1);
  key.set(record, PREFIX_BYTES);
  return key;
}

/** The smallest key above every key that starts with `key`. */
export function successor(key: Buffer): Buffer {
  const next = Buffer.from(key);
  for (let i = next.length - 1; i >= 0; i--) {
    const byte = next[i] ?? 0;
    if (byte === 0xff) continue;
    next[i] = byte + 1;
    return next.subarray(0, i + 1);
  }
  return Buffer.alloc(key.length + 1, 0xff);
}
