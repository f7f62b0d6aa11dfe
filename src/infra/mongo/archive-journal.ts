import mongoose, { type Connection } from 'mongoose';
import type { Clock } from '../../base/clock.js';
import type { ArchiveSize } from '../../domain/archive/archive-entry.js';
import type { ArchiveState } from '../../domain/archive/archive-store.js';
import { ArchiveEntryRecord, ArchiveRecord, ArchiveTokensRecord, type UnsettledRow } from './archive-records.js';
import { unlessTaken } from './named-failures.js';
import { modelOf } from './record.js';

/** How many changes an archive remembers: an index that is further behind is built anew. */
const REMEMBERED_CHANGES = 100;

/** Milliseconds after which whoever began a change is taken to be lost: no change takes nearly as long. */
const LOST_AFTER_MS = 60_000;

/** What is about to change. */
export type Change = {
  readonly ownerId: string;
  readonly entryIds: readonly string[];
  /** What to count from the start, so that no other change takes the room. */
  readonly added: ArchiveSize;
  /** What is counted for these entries then. */
  readonly counted: ArchiveSize;
  /** How large the archive may become; null for any size. */
  readonly most: ArchiveSize | null;
};

/** Knows of each archive how large it is, what has changed, and what is just being changed. */
export class ArchiveJournal {
  readonly #archives;
  readonly #entries;
  readonly #tokens;

  constructor(
    connection: Connection,
    private readonly clock: Clock,
  ) {
    this.#archives = modelOf(connection, ArchiveRecord);
    this.#entries = modelOf(connection, ArchiveEntryRecord);
    this.#tokens = modelOf(connection, ArchiveTokensRecord);
  }

  /**
   * Makes a change: writes down that it begins, has it made, and writes down that it has ended.
   *
   * @param make Returns its outcome, and what of `counted` there is now: no more and no less than this change itself has made of it.
   * @returns The outcome; null if there is no room, and nothing was done.
   */
  async during<T>(
    change: Change,
    make: () => Promise<{ readonly is: T; readonly now: ArchiveSize }>,
  ): Promise<T | null> {
    const row = await this.#begin(change);
    if (row === null) return null;
    try {
      const { is, now } = await make();
      await this.#settle(change.ownerId, row, now);
      return is;
    } catch (error) {
      // What can be read may have changed in part. If this fails too, it is done by whoever comes later.
      await this.#recover(change.ownerId, row).catch(() => undefined);
      throw error;
    }
  }

  async readState(ownerId: string): Promise<ArchiveState> {
    const archive = await this.#archives.findById(ownerId).select({ revision: 1, unsettled: 1 }).lean();
    if (!archive) return { revision: 0, unsettled: [] };
    if (await this.#recoverLost(ownerId, archive.unsettled)) return this.readState(ownerId);
    return { revision: archive.revision, unsettled: archive.unsettled.flatMap(({ entryIds }) => entryIds) };
  }

  /** Ends the changes that name any of these entries, however young they are. */
  async settle(ownerId: string, ids: readonly string[]): Promise<void> {
    const archive = await this.#archives.findById(ownerId).select({ unsettled: 1 }).lean();
    const lost = archive?.unsettled.filter(({ entryIds }) => entryIds.some((id) => ids.includes(id))) ?? [];
    for (const row of lost) await this.#recover(ownerId, row);
  }

  async listRevisions(limit: number, after: string | null): Promise<{ ownerId: string; revision: number }[]> {
    const archives = await this.#archives
      .find(after === null ? {} : { _id: { $gt: after } })
      .select({ revision: 1 })
      .sort({ _id: 1 })
      .limit(limit)
      .lean();
    return archives.map(({ _id, revision }) => ({ ownerId: _id, revision }));
  }

  async changedSince(ownerId: string, revision: number): Promise<{ revision: number; ids: readonly string[] } | null> {
    const archive = await this.#archives.findById(ownerId).select({ revision: 1, changes: 1 }).lean();
    if (!archive) return revision === 0 ? { revision, ids: [] } : null;
    const behind = archive.revision - revision;
    if (behind < 0 || behind > archive.changes.length) return null;
    const missed = behind === 0 ? [] : archive.changes.slice(-behind);
    return { revision: archive.revision, ids: [...new Set(missed.flat())] };
  }

  /** Null if there is no room. @param isOpen Whether the archive is known to exist. */
  async #begin(change: Change, isOpen = false): Promise<UnsettledRow | null> {
    const { ownerId, entryIds, added, counted, most } = change;
    const row = { id: new mongoose.Types.ObjectId(), entryIds: [...entryIds], ...counted, at: this.clock.now() };
    const before = await this.#archives
      .findOneAndUpdate(
        {
          _id: ownerId,
          ...(most && added.entries > 0 && { entries: { $lte: most.entries - added.entries } }),
          ...(most && added.bytes > 0 && { bytes: { $lte: most.bytes - added.bytes } }),
        },
        { $inc: { ...added }, $push: { unsettled: row } },
        { returnDocument: 'before', projection: { unsettled: 1 } },
      )
      .lean();
    if (before) {
      await this.#recoverLost(ownerId, before.unsettled);
      return row;
    }
    if (isOpen) return null;
    await this.#open(ownerId);
    return this.#begin(change, true);
  }

  /** Makes an empty archive where there is none. */
  async #open(ownerId: string): Promise<void> {
    const fields = { revision: 0, entries: 0, bytes: 0, changes: [], unsettled: [] };
    // Where another process is faster by a moment, the archive is there as well.
    await unlessTaken(() => this.#archives.updateOne({ _id: ownerId }, { $setOnInsert: fields }, { upsert: true }));
  }

  /** The last step of a change: it can be read now, and whoever looks at the revision knows. Doing it twice is doing it once. */
  async #settle(ownerId: string, { id, entryIds, entries, bytes }: UnsettledRow, now: ArchiveSize): Promise<void> {
    await this.#archives.updateOne(
      { _id: ownerId, 'unsettled.id': id },
      {
        $inc: { revision: 1, entries: now.entries - entries, bytes: now.bytes - bytes },
        $pull: { unsettled: { id } },
        $push: { changes: { $each: [entryIds], $slice: -REMEMBERED_CHANGES } },
      },
    );
  }

  /** True if there was any. */
  async #recoverLost(ownerId: string, unsettled: readonly UnsettledRow[]): Promise<boolean> {
    const now = this.clock.now().getTime();
    const lost = unsettled.filter(({ at }) => now - at.getTime() > LOST_AFTER_MS);
    for (const row of lost) await this.#recover(ownerId, row);
    return lost.length > 0;
  }

  async #recover(ownerId: string, row: UnsettledRow): Promise<void> {
    await this.#settle(ownerId, row, await this.#tidy(ownerId, row));
  }

  /** Deletes tokens that no entry names. Returns what the entries of the change come to. */
  async #tidy(ownerId: string, { entryIds }: UnsettledRow): Promise<ArchiveSize> {
    const entries = await this.#entries
      .find({ _id: { $in: entryIds }, ownerId })
      .select({ bytes: 1, tokensId: 1 })
      .lean();
    const named = entries.map(({ tokensId }) => tokensId);
    await this.#tokens.deleteMany({ ownerId, entryId: { $in: entryIds }, _id: { $nin: named } });
    return { entries: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
  }
}
