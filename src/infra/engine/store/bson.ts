import { deserialize, serialize } from 'bson';
import type { Document } from '../values/types.js';

/** The largest document that may be stored, in bytes. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

const EXACT = {
  promoteValues: false,
  promoteLongs: false,
  promoteBuffers: false,
  bsonRegExp: true,
  validation: { utf8: false },
} as const;

/** Every value keeps its BSON type: numbers, binaries and regular expressions stay boxed. */
export const decode = (raw: Uint8Array): Document => deserialize(raw, EXACT);

export function encode(document: Document): Buffer {
  const { buffer, byteOffset, byteLength } = serialize(document, { ignoreUndefined: true, checkKeys: false });
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A document as bytes, decoded on first use: much is answered from the bytes alone. */
export class StoredDocument {
  #document: Document | undefined;

  constructor(readonly raw: Buffer) {}

  /** Shared by all who ask: never change it. */
  get document(): Document {
    return (this.#document ??= decode(this.raw));
  }
}
