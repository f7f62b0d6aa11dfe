import type { Readable } from 'node:stream';

export type BlobInfo = { readonly bytes: number; readonly mediaType: string };

/**
 * Objects by key. Keys are made by the server: 1 to 512 characters, `/` parts them into segments, no segment is empty, `.` or `..`.
 * Every implementation passes `test/contract/blob-store.ts`. While the store is unreachable all methods throw SERVICE_UNAVAILABLE within 5 s.
 */
export interface BlobStore {
  /** Stores all of `content`, or nothing. With `isNew`, throws CONFLICT if the key is taken. Throws LIMIT_EXCEEDED past `maxBytes`, counted while it streams. */
  put(
    key: string,
    content: Buffer | Readable,
    options: { mediaType: string; maxBytes: number; isNew?: boolean },
  ): Promise<BlobInfo>;
  /** Null if there is no such object. */
  read(key: string): Promise<Readable | null>;
  stat(key: string): Promise<BlobInfo | null>;
  /** Does nothing if there is none. */
  delete(key: string): Promise<void>;
  /** Keys that start with `prefix`, in order. */
  list(prefix: string): AsyncIterable<string>;
  /** An address from which anybody may read the object until it expires. Served as an attachment of that name. */
  downloadUrl(key: string, options: { fileName: string; expiresInMs: number }): Promise<string>;
  /** An address to which anybody may PUT the object once, of exactly this type and at most this size, until it expires. */
  uploadUrl(key: string, options: { mediaType: string; maxBytes: number; expiresInMs: number }): Promise<string>;
}
