import mongoose, { type Connection } from 'mongoose';
import type { Clock } from '../../base/clock.js';
import type { StoredTokens } from '../../domain/archive/analysis/analyze-entry.js';
import type { ArchiveCategory, ArchiveEntry, ArchiveFilter, ArchiveSize } from '../../domain/archive/archive-entry.js';
import type { ArchiveState, ArchiveStore, EntryVersion, SearchableEntry } from '../../domain/archive/archive-store.js';
import type { IndexedEntry } from '../../domain/archive/index/build-segment.js';
import { ArchiveJournal } from './archive-journal.js';
import {
  ArchiveEntryRecord,
  ArchiveTokensRecord,
  bytesOf,
  toEntry,
  toEntryRecord,
  toIndexed,
  toTokenFields,
  toTokensRecord,
  type ObjectId,
} from './archive-records.js';
import { modelOf } from './record.js';

const newTokensId = (): ObjectId => new mongoose.Types.ObjectId();

/** How often what was changed meanwhile is looked for again. */
const MAX_ROUNDS = 5;

/** What is not given out with an entry. */
const PRIVATE = { bytes: 0, tokensId: 0 } as const;

/**
 * Entries, and their tokens, in collections of their own. Each entry names its tokens, which never change once an entry names them: they are written before it
 * and deleted after it, so that an entry has tokens at any time. The journal knows what is under way.
 */
export class MongoArchiveStore implements ArchiveStore {
  readonly #entries;
  readonly #tokens;
  readonly #journal;

  constructor(connection: Connection, clock: Clock) {
    this.#entries = modelOf(connection, ArchiveEntryRecord);
    this.#tokens = modelOf(connection, ArchiveTokensRecord);
    this.#journal = new ArchiveJournal(connection, clock);
  }

  async find(ownerId: string, id: string): Promise<ArchiveEntry | null> {
    const record = await this.#entries.findOne({ _id: id, ownerId }).select(PRIVATE).lean();
    return record && toEntry(record);
  }

  async findMany(ownerId: string, ids: readonly string[]): Promise<ArchiveEntry[]> {
    const records = await this.#entries
      .find({ _id: { $in: ids }, ownerId })
      .select(PRIVATE)
      .lean();
    return records.map(toEntry);
  }

  async list(
    ownerId: string,
    { category, tag }: ArchiveFilter,
    limit: number,
    after: string | null,
  ): Promise<ArchiveEntry[]> {
    const records = await this.#entries
      .find({
        ownerId,
        ...(category !== null && { category }),
        ...(tag !== null && { tags: tag }),
        ...(after !== null && { _id: { $lt: after } }),
      })
      .select(PRIVATE)
      .sort({ _id: -1 })
      .limit(limit)
      .lean();
    return records.map(toEntry);
  }

  async listCategories(ownerId: string): Promise<ArchiveCategory[]> {
    const groups = await this.#entries.aggregate<{ _id: string; entries: number }>([
      { $match: { ownerId } },
      { $group: { _id: '$category', entries: { $sum: 1 } } },
      { $sort: { _id: 1 } },
    ]);
    return groups.map(({ _id, entries }) => ({ category: _id, entries }));
  }

  async idsOfCategory(ownerId: string, category: string, limit: number): Promise<string[]> {
    const records = await this.#entries.find({ ownerId, category }).select({ _id: 1 }).limit(limit).lean();
    return records.map(({ _id }) => _id);
  }

  async insert(added: readonly SearchableEntry[], most: ArchiveSize): Promise<boolean> {
    const [first] = added;
    if (!first) return true;
    const rows = added.map((each) => ({ ...each, tokensId: newTokensId() }));
    const size = { entries: rows.length, bytes: rows.reduce((sum, { entry }) => sum + bytesOf(entry.content), 0) };
    const change = {
      ownerId: first.entry.ownerId,
      entryIds: rows.map(({ entry }) => entry.id),
      added: size,
      counted: size,
      most,
    };
    const done = await this.#journal.during(change, async () => {
      await this.#tokens.insertMany(rows.map((row) => toTokensRecord(row, row.tokensId)));
      await this.#entries.insertMany(rows.map((row) => toEntryRecord(row, row.tokensId)));
      return { is: true, now: size };
    });
    return done !== null;
  }

  async replace(changed: SearchableEntry, most: ArchiveSize): Promise<'replaced' | 'stale' | 'full'> {
    const { id, ownerId, version } = changed.entry;
    const filter = { _id: id, ownerId, version: version - 1 };
    const before = await this.#entries.findOne(filter).select({ bytes: 1, tokensId: 1 }).lean();
    if (!before) return 'stale';
    const tokensId = newTokensId();
    const { _id, ...fields } = toEntryRecord(changed, tokensId);
    const change = {
      ownerId,
      entryIds: [id],
      added: { entries: 0, bytes: fields.bytes - before.bytes },
      counted: { entries: 1, bytes: fields.bytes },
      most,
    };
    const done = await this.#journal.during(change, async () => {
      await this.#tokens.create(toTokensRecord(changed, tokensId));
      const { matchedCount } = await this.#entries.updateOne(filter, { $set: fields });
      await this.#tokens.deleteOne({ _id: matchedCount === 1 ? before.tokensId : tokensId });
      // Where somebody else was faster, whatever became of the entry is counted by them.
      return { is: matchedCount === 1, now: matchedCount === 1 ? change.counted : { entries: 1, bytes: before.bytes } };
    });
    if (done === null) return 'full';
    return done ? 'replaced' : 'stale';
  }

  async delete(ownerId: string, ids: readonly string[]): Promise<number> {
    const found = await this.#entries
      .find({ _id: { $in: ids }, ownerId })
      .select({ bytes: 1 })
      .lean();
    if (found.length === 0) return 0;
    const entryIds = found.map(({ _id }) => _id);
    const counted = { entries: found.length, bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
    const change = { ownerId, entryIds, added: { entries: 0, bytes: 0 }, counted, most: null };
    const done = await this.#journal.during(change, async () => {
      const gone = await this.#deleteEach(ownerId, entryIds);
      await this.#tokens.deleteMany({ ownerId, entryId: { $in: entryIds } });
      const now = { entries: counted.entries - gone.entries, bytes: counted.bytes - gone.bytes };
      return { is: gone.entries, now };
    });
    return done ?? 0;
  }

  /** One by one: of many who delete the same entry at once, the one who has deleted it counts it. Returns what they came to. */
  async #deleteEach(ownerId: string, ids: readonly string[]): Promise<ArchiveSize> {
    const deleted = await Promise.all(
      ids.map((_id) => this.#entries.findOneAndDelete({ _id, ownerId }).select({ bytes: 1 }).lean()),
    );
    const gone = deleted.filter((entry) => entry !== null);
    return { entries: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  async refreshTokens(ownerId: string, id: string, version: number, tokens: StoredTokens): Promise<void> {
    const entry = await this.#entries.findOne({ _id: id, ownerId, version }).select({ tokensId: 1 }).lean();
    if (!entry) return;
    // No entry names these tokens again once its text has changed.
    await this.#tokens.updateOne({ _id: entry.tokensId }, { $set: toTokenFields(tokens) });
  }

  settle(ownerId: string, ids: readonly string[]): Promise<void> {
    return this.#journal.settle(ownerId, ids);
  }

  readState(ownerId: string): Promise<ArchiveState> {
    return this.#journal.readState(ownerId);
  }

  changedSince(ownerId: string, revision: number): Promise<{ revision: number; ids: readonly string[] } | null> {
    return this.#journal.changedSince(ownerId, revision);
  }

  listRevisions(limit: number, after: string | null): Promise<{ ownerId: string; revision: number }[]> {
    return this.#journal.listRevisions(limit, after);
  }

  async listVersions(ownerId: string, limit: number, after: string | null): Promise<EntryVersion[]> {
    const records = await this.#entries
      .find({ ownerId, ...(after !== null && { _id: { $gt: after } }) })
      .select({ version: 1 })
      .sort({ _id: 1 })
      .limit(limit)
      .lean();
    return records.map(({ _id, version }) => ({ id: _id, version }));
  }

  async findVersions(ownerId: string, ids: readonly string[]): Promise<EntryVersion[]> {
    const records = await this.#entries
      .find({ _id: { $in: ids }, ownerId })
      .select({ version: 1 })
      .lean();
    return records.map(({ _id, version }) => ({ id: _id, version }));
  }

  async findTokens(ownerId: string, ids: readonly string[]): Promise<IndexedEntry[]> {
    const found: IndexedEntry[] = [];
    // Texts may be changed between the two reads of a round; tokens that are missing each time are damaged, and a search goes on without them.
    for (let round = 0, missed = ids; round < MAX_ROUNDS && missed.length > 0; round++) {
      const entries = await this.#entries
        .find({ _id: { $in: missed }, ownerId })
        .select({ tokensId: 1 })
        .lean();
      const records = await this.#tokens.find({ _id: { $in: entries.map(({ tokensId }) => tokensId) } }).lean();
      found.push(...records.map(toIndexed));
      const there = new Set(records.map(({ entryId }) => entryId));
      missed = entries.map(({ _id }) => _id).filter((id) => !there.has(id));
    }
    return found;
  }

  async listTokens(ownerId: string, limit: number, after: string | null): Promise<IndexedEntry[]> {
    const records = await this.#tokens
      .find({ ownerId, ...(after !== null && { entryId: { $gt: after } }) })
      .sort({ entryId: 1 })
      .limit(limit)
      .lean();
    return records.map(toIndexed);
  }
}
