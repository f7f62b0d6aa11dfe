/** A search index as it was at a revision of its archive, kept as an object that never changes. */
export type IndexObject = {
  /** In the blob store. */
  readonly key: string;
  readonly revision: number;
  /** Of the terms in it. */
  readonly analyzerVersion: string;
  readonly bytes: number;
  /** Of the bytes, in hex. */
  readonly sha256: string;
};

/**
 * Points at the objects that search indexes are kept in, one for each archive, and remembers those that nothing points at, so that they are deleted in the end.
 * Every implementation passes `test/contract/index-object-store.ts`.
 */
export interface IndexObjectStore {
  /** Null where nothing is kept. */
  find(ownerId: string): Promise<IndexObject | null>;
  /** Remembers an object that is about to be written: if nobody comes to point at it, it is loose since `at`. */
  announce(ownerId: string, key: string, at: Date): Promise<void>;
  /** Points at the object, and the one before is loose since `at`; does nothing but return false where there is one of the same analyzer that is as new. */
  publish(ownerId: string, object: IndexObject, at: Date): Promise<boolean>;
  /** Points at nothing, if it pointed at this object, which is loose since `at`. */
  withdraw(ownerId: string, key: string, at: Date): Promise<void>;
  /** Keys of objects that have been loose since before that time. */
  listLoose(ownerId: string, before: Date): Promise<string[]>;
  /** Forgets loose objects that were deleted. */
  forget(ownerId: string, keys: readonly string[]): Promise<void>;
}
