import type { Readable } from 'node:stream';

export type BlobInfo = { readonly bytes: number; readonly mediaType: string };

/** How to upload one object: PUT the content to the address, with these headers. Where the server's own address is not known, the address is a path on it. */
export type Upload = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/**
 * Objects by key. Keys are made by the server: 1 to 1024 bytes of UTF-8, of which `/` parts segments of 1 to 255 bytes; no segment is `.` or `..`.
 * No object has a key that goes on below the key of another, as `a/b` below `a`. What is no key is a bug: all methods throw a RangeError then.
 *
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
  /** An address from which anybody may read the object until it expires, in 7 days at most; served as an attachment of that name. It may be a path, as in {@link Upload}. */
  downloadUrl(key: string, options: { fileName: string; expiresInMs: number }): Promise<string>;
  /** Lets anybody upload the object until the address expires, in 7 days at most: of exactly this type and size, and only while there is no such object. */
  upload(key: string, options: { mediaType: string; bytes: number; expiresInMs: number }): Promise<Upload>;
}
