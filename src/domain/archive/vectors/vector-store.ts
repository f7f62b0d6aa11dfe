import type { EntryVectors } from './vector-index.js';

/** Where vectors can be compared with one another: those of one model at one service. */
export type VectorSpace = {
  /** The same for the same model at the same service, whoever registered it. */
  readonly key: string;
  /** The model that turns questions into vectors of it. */
  readonly modelId: string;
};

/** How far the vectors of an archive have come. */
export type VectorState = {
  /** The space that searches use; null before there is any. It changes once all of the archive has vectors in the next one. */
  readonly answering: VectorSpace | null;
  /** One more each time that vectors can be read. */
  readonly sequence: number;
  /** Everything up to this revision of the archive has its vectors in the space; null before that was so for the first time. */
  readonly done: { readonly space: string; readonly revision: number } | null;
};

/** The right to write an archive's vectors, while it lasts. */
export type VectorLease = { readonly ownerId: string; readonly holder: string };

/**
 * Keeps vectors of entries, each owner's by themselves. Only who holds the lease writes. Every implementation passes `test/contract/archive-vector-store.ts`.
 */
export interface ArchiveVectorStore {
  /** Of an archive that nothing is known of, that it has none: sequence 0, and null. */
  readState(ownerId: string): Promise<VectorState>;
  /** Of those archives that have one. */
  readStates(ownerIds: readonly string[]): Promise<ReadonlyMap<string, VectorState>>;
  /** Takes the lease, or goes on with it. False while another holder has it. Times are of the caller's clock. */
  lease(lease: VectorLease, now: Date, until: Date): Promise<boolean>;
  /** Lets others have it. Does nothing if another holder has it by now. */
  release(lease: VectorLease): Promise<void>;
  /** The versions of these entries that have vectors in the space, by their ids. */
  versionsOf(ownerId: string, space: string, entryIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Puts vectors in the place of those of the same entries, then shows them to readers. False, and nothing shown, if the lease is lost. */
  write(lease: VectorLease, space: string, vectors: readonly EntryVectors[]): Promise<boolean>;
  /** Deletes the vectors of entries whose ids lie after `after` and up to `last`, but for those in `kept`; null is no bound. */
  prune(
    ownerId: string,
    range: { readonly after: string | null; readonly last: string | null; readonly kept: readonly string[] },
  ): Promise<void>;
  /** Deletes the vectors of these entries, in all spaces. */
  delete(ownerId: string, entryIds: readonly string[]): Promise<void>;
  /** From now on searches use the space. False if the lease is lost. */
  answerIn(lease: VectorLease, space: VectorSpace): Promise<boolean>;
  /** Everything up to the revision has its vectors; those of other spaces are deleted. */
  finish(lease: VectorLease, space: VectorSpace, revision: number): Promise<void>;
  /**
   * Those that were written after `since`, in the order of their sequence, at most `limit`, which is more than any two writes bring: so who goes on from one below the last
   * sequence of a full page misses none.
   */
  list(ownerId: string, space: string, since: number, limit: number): Promise<WrittenVectors[]>;
}

/** With the sequence of the state at which they can be read. */
export type WrittenVectors = EntryVectors & { readonly sequence: number };
