import { withDeadline } from '../../../base/deadline.js';
import type { Needs } from '../../needs.js';
import type { ArchiveEntry } from '../archive-entry.js';
import type { EntryVersion } from '../archive-store.js';
import { embedEntries } from './embed-entries.js';
import type { OpenSpace } from './open-space.js';
import type { EntryVectors } from './vector-index.js';
import type { VectorLease, VectorState } from './vector-store.js';

/** Entries that are compared with their vectors at a time, and of which contents are in memory at a time. */
const PAGE_SIZE = 100;
const READ_AT_ONCE = 8;

/** Entries that get vectors in one pass, before other archives have theirs. */
const ENTRIES_A_PASS = 400;

/** Milliseconds that a lost process keeps others from going on; longer than one call takes with its retries. */
const LEASE_MS = 30_000;
const CALL_TIMEOUT_MS = 25_000;

export type Passing = Pick<Needs, 'archive' | 'archiveVectors' | 'clock' | 'log'>;

/** What a pass works with. `left` is how many entries may still get vectors in it. */
type Work = {
  readonly lease: VectorLease;
  readonly space: OpenSpace;
  /** Whether an entry that fails alone, while the service works, is left without vectors. */
  readonly mayPark: boolean;
  left: number;
};

/** How far a comparison of all entries has come, so that the next pass goes on there, if nobody else has written meanwhile. */
type Progress = {
  readonly space: string;
  readonly sequence: number;
  readonly revision: number;
  readonly after: string | null;
};

/** Brings archives to where each entry has its vectors, a part at a time. */
export class ArchivePasses {
  readonly #needs: Passing;
  readonly #holder: string;
  readonly #stopped: AbortSignal;
  readonly #progress = new Map<string, Progress>();

  constructor(needs: Passing, holder: string, stopped: AbortSignal) {
    this.#needs = needs;
    this.#holder = holder;
    this.#stopped = stopped;
  }

  /**
   * BUSY: another process is at the archive. BEHIND: there is more to do.
   *
   * @throws what the service fails with. What was done before is kept.
   */
  async make(
    ownerId: string,
    space: OpenSpace,
    { mayPark }: { mayPark: boolean },
  ): Promise<'DONE' | 'BUSY' | 'BEHIND'> {
    const { archive, archiveVectors } = this.#needs;
    const { revision } = await archive.readState(ownerId);
    if (isDone(await archiveVectors.readState(ownerId), space, revision)) return 'DONE';
    const lease = { ownerId, holder: this.#holder };
    if (!(await this.#renew(lease))) return 'BUSY';
    try {
      const work = { lease, space, mayPark, left: ENTRIES_A_PASS };
      const done = await this.#compare(work, await archiveVectors.readState(ownerId), revision);
      if (done === null) return 'BEHIND';
      await archiveVectors.finish(lease, { key: space.key, modelId: space.modelId }, done);
      return (await archive.readState(ownerId)).revision === done ? 'DONE' : 'BEHIND';
    } finally {
      await archiveVectors.release(lease);
    }
  }

  /** The revision up to which all have their vectors; null if some are left. */
  async #compare(work: Work, state: VectorState, revision: number): Promise<number | null> {
    const { lease, space } = work;
    const { answering, done } = state;
    const { archive, archiveVectors } = this.#needs;
    // A first space answers from its first vectors on: there is no other one to wait for.
    if (answering === null) await archiveVectors.answerIn(lease, { key: space.key, modelId: space.modelId });
    const changed = done?.space === space.key ? await archive.changedSince(lease.ownerId, done.revision) : null;
    if (changed === null) return this.#compareAll(work, state, revision);
    await this.#compareSome(work, changed.ids);
    return work.left > 0 ? changed.revision : null;
  }

  async #compareAll(work: Work, { sequence }: VectorState, revision: number): Promise<number | null> {
    const { ownerId } = work.lease;
    const { archive, archiveVectors } = this.#needs;
    const space = work.space.key;
    const begun = this.#progress.get(ownerId);
    this.#progress.delete(ownerId);
    const isStill = begun?.space === space && begun.sequence === sequence;
    const from = isStill ? begun : { revision, after: null };
    for (let after = from.after; ;) {
      const page: readonly EntryVersion[] = await archive.listVersions(ownerId, PAGE_SIZE, after);
      const ids = page.map(({ id }) => id);
      const last = ids.at(-1) ?? null;
      await archiveVectors.prune(ownerId, { after, last, kept: ids });
      if (last === null) break;
      await this.#giveVectors(work, await this.#lacking(work, page));
      if (work.left <= 0) {
        const now = await archiveVectors.readState(ownerId);
        this.#progress.set(ownerId, { space, sequence: now.sequence, revision: from.revision, after });
        return null;
      }
      after = last;
    }
    return from.revision;
  }

  async #compareSome(work: Work, ids: readonly string[]): Promise<void> {
    const { ownerId } = work.lease;
    const { archive, archiveVectors } = this.#needs;
    for (let at = 0; at < ids.length && work.left > 0; at += PAGE_SIZE) {
      const some = ids.slice(at, at + PAGE_SIZE);
      const living = await archive.findVersions(ownerId, some);
      const gone = some.filter((id) => !living.some((entry) => entry.id === id));
      if (gone.length > 0) await archiveVectors.delete(ownerId, gone);
      await this.#giveVectors(work, await this.#lacking(work, living));
    }
  }

  async #lacking({ lease, space }: Work, entries: readonly EntryVersion[]): Promise<string[]> {
    const ids = entries.map(({ id }) => id);
    const known = await this.#needs.archiveVectors.versionsOf(lease.ownerId, space.key, ids);
    return entries.filter(({ id, version }) => known.get(id) !== version).map(({ id }) => id);
  }

  async #giveVectors(work: Work, ids: readonly string[]): Promise<void> {
    const { archive, archiveVectors } = this.#needs;
    for (let at = 0; at < ids.length && work.left > 0; at += READ_AT_ONCE) {
      const some = ids.slice(at, at + READ_AT_ONCE);
      const entries = await archive.findMany(work.lease.ownerId, some);
      const vectors = await this.#embed(work, entries);
      if (!(await archiveVectors.write(work.lease, work.space.key, vectors))) throw takenOver();
      work.left -= some.length;
    }
  }

  /** All at once; where that fails again and again, one by one, so that one of them does not keep the others without. */
  async #embed(work: Work, entries: readonly ArchiveEntry[]): Promise<EntryVectors[]> {
    if (!work.mayPark) return this.#embedTogether(work, entries);
    const vectors: EntryVectors[] = [];
    for (const entry of entries) vectors.push(...(await this.#embedOrPark(work, entry)));
    return vectors;
  }

  async #embedOrPark(work: Work, entry: ArchiveEntry): Promise<EntryVectors[]> {
    try {
      return await this.#embedTogether(work, [entry]);
    } catch (error) {
      // If the service is at fault, this fails too.
      await this.#call(work, ['test']);
      const { id, ownerId, version } = entry;
      this.#needs.log.error({ ownerId, entryId: id, error }, 'an entry is left without vectors: its text always fails');
      return [{ entryId: id, version, pieces: [] }];
    }
  }

  #embedTogether(work: Work, entries: readonly ArchiveEntry[]): Promise<EntryVectors[]> {
    return embedEntries(entries, (texts) => this.#call(work, texts));
  }

  async #call({ lease, space }: Work, texts: readonly string[]): Promise<readonly Float32Array[]> {
    if (!(await this.#renew(lease))) throw takenOver();
    return withDeadline(CALL_TIMEOUT_MS, this.#stopped, (signal) => space.embed(lease.ownerId, texts, signal));
  }

  #renew(lease: VectorLease): Promise<boolean> {
    const now = this.#needs.clock.now();
    return this.#needs.archiveVectors.lease(lease, now, new Date(now.getTime() + LEASE_MS));
  }
}

/** Whether all entries of an archive at this revision have their vectors in the space. */
export function isDone(state: VectorState | undefined, { key }: OpenSpace, revision: number): boolean {
  return revision === 0 || (state?.done?.space === key && state.done.revision === revision);
}

const takenOver = (): Error => new Error('Another process has taken the archive over.');
