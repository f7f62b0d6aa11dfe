import type { StoredTokens } from './analysis/analyze-entry.js';
import type { ArchiveCategory, ArchiveEntry, ArchiveFilter, ArchiveSize } from './archive-entry.js';
import type { IndexedEntry } from './index/build-segment.js';

/** An entry, and what its search goes by: they are kept apart, but change together. */
export type SearchableEntry = { readonly entry: ArchiveEntry; readonly tokens: StoredTokens };

/** How far a user's archive has come: an index that knows `revision` is up to date but for the entries in `unsettled`. */
export type ArchiveState = {
  /** 0 for an archive that nothing was ever put into; one more with each change. */
  readonly revision: number;
  /** Entries of changes that are being made just now, or that a lost process has left undone. */
  readonly unsettled: readonly string[];
};

export type EntryVersion = Pick<ArchiveEntry, 'id' | 'version'>;

/** The most entries that one change may touch. */
export const MAX_ENTRIES_PER_CHANGE = 100;

/**
 * Keeps the archives of all users, each by itself: no method sees, counts or changes entries of another owner than the one it names.
 *
 * A change is made in steps, of which each leaves a valid archive; what a lost process did not finish is finished by whoever comes a minute later.
 * Every change raises the owner's revision once it can be read. Every implementation passes `test/contract/archive-store.ts`.
 */
export interface ArchiveStore {
  find(ownerId: string, id: string): Promise<ArchiveEntry | null>;
  /** Those that exist, in any order. */
  findMany(ownerId: string, ids: readonly string[]): Promise<ArchiveEntry[]>;
  /** Newest first. @param after The id that comes before the page; null for the start. */
  list(ownerId: string, filter: ArchiveFilter, limit: number, after: string | null): Promise<ArchiveEntry[]>;
  /** By name. */
  listCategories(ownerId: string): Promise<ArchiveCategory[]>;
  /** Ids of any entries of the category. */
  idsOfCategory(ownerId: string, category: string, limit: number): Promise<string[]>;

  /**
   * Adds all of them or none. They are of one owner, at most {@link MAX_ENTRIES_PER_CHANGE}.
   *
   * @returns False if the archive would be larger than `most` with them.
   */
  insert(added: readonly SearchableEntry[], most: ArchiveSize): Promise<boolean>;
  /** Puts the entry in the place of the one before it. `stale`: what is kept is not of the version just before, or is gone. `full`: it would be larger than `most`. */
  replace(changed: SearchableEntry, most: ArchiveSize): Promise<'replaced' | 'stale' | 'full'>;
  /** Deletes those that exist, at most {@link MAX_ENTRIES_PER_CHANGE}. Returns how many that were. */
  delete(ownerId: string, ids: readonly string[]): Promise<number>;
  /** Keeps other tokens for an entry whose text has not changed since that version; else does nothing. */
  refreshTokens(ownerId: string, id: string, version: number, tokens: StoredTokens): Promise<void>;

  /** Ends now what a process has left undone with any of these entries, if whoever asks knows that it is lost. */
  settle(ownerId: string, ids: readonly string[]): Promise<void>;

  /** Reads one small document, and no entries. */
  readState(ownerId: string): Promise<ArchiveState>;
  /** The entries that changed after `revision` and up to the revision that is returned; null if that is too long ago to be known. */
  changedSince(ownerId: string, revision: number): Promise<{ revision: number; ids: readonly string[] } | null>;
  /** A page of all archives, by owner; empty at the end. @param after The owner before the page; null for the start. */
  listRevisions(limit: number, after: string | null): Promise<{ ownerId: string; revision: number }[]>;
  /** A page of all, by id; empty at the end. @param after As for {@link listTokens}. */
  listVersions(ownerId: string, limit: number, after: string | null): Promise<EntryVersion[]>;
  /** Of those of the entries that exist, in any order. */
  findVersions(ownerId: string, ids: readonly string[]): Promise<EntryVersion[]>;
  /** What is known of these entries to search by; those that do not exist are left out. */
  findTokens(ownerId: string, ids: readonly string[]): Promise<IndexedEntry[]>;
  /**
   * A page of all, by id; empty at the end. An entry that is being changed may come as it was, as it will be, or both.
   *
   * @param after The id of the last one that is known; null for the start.
   */
  listTokens(ownerId: string, limit: number, after: string | null): Promise<IndexedEntry[]>;
}
