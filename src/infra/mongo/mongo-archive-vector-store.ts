import { index, modelOptions, prop, Severity } from '@typegoose/typegoose';
import mongoose, { type Connection } from 'mongoose';
import type { EntryVectors } from '../../domain/archive/vectors/vector-index.js';
import type {
  ArchiveVectorStore,
  VectorLease,
  VectorSpace,
  VectorState,
  WrittenVectors,
} from '../../domain/archive/vectors/vector-store.js';
import { unlessTaken } from './named-failures.js';
import { bytesIn, modelOf } from './record.js';

const { Mixed } = mongoose.Schema.Types;

/** A piece as it is kept: a byte a dimension. */
type PieceRow = { start: number; end: number; vector: Buffer };

/** The vectors of an entry in one space, apart from its tokens, so that these are read without them. */
@modelOptions({
  schemaOptions: { collection: 'archiveVectors', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
@index({ ownerId: 1, space: 1, entryId: 1 }, { unique: true })
@index({ ownerId: 1, space: 1, sequence: 1 })
@index({ ownerId: 1, entryId: 1 })
class ArchiveVectorsRecord {
  @prop({ type: () => String, required: true })
  ownerId!: string;

  @prop({ type: () => String, required: true })
  space!: string;

  @prop({ type: () => String, required: true })
  entryId!: string;

  /** Of the entry. */
  @prop({ type: () => Number, required: true })
  version!: number;

  /** They can be read once the state has come so far. */
  @prop({ type: () => Number, required: true })
  sequence!: number;

  @prop({ type: () => Mixed, required: true })
  pieces!: PieceRow[];
}

@modelOptions({
  schemaOptions: { collection: 'archiveVectorStates', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
class ArchiveVectorStateRecord {
  /** The owner's id. */
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => Mixed, default: null })
  answering!: VectorSpace | null;

  @prop({ type: () => Number, required: true })
  sequence!: number;

  @prop({ type: () => Mixed, default: null })
  done!: VectorState['done'];

  /** Who may write, and until when; null where nobody does. */
  @prop({ type: () => String, default: null })
  holder!: string | null;

  @prop({ type: () => Date, required: true })
  heldUntil!: Date;
}

export class MongoArchiveVectorStore implements ArchiveVectorStore {
  readonly #vectors;
  readonly #states;

  constructor(connection: Connection) {
    this.#vectors = modelOf(connection, ArchiveVectorsRecord);
    this.#states = modelOf(connection, ArchiveVectorStateRecord);
  }

  async readState(ownerId: string): Promise<VectorState> {
    const record = await this.#states.findById(ownerId).lean();
    return record ? toState(record) : { answering: null, sequence: 0, done: null };
  }

  async readStates(ownerIds: readonly string[]): Promise<ReadonlyMap<string, VectorState>> {
    const records = await this.#states.find({ _id: { $in: ownerIds } }).lean();
    return new Map(records.map((record) => [record._id, toState(record)]));
  }

  /** Where there is a state that another holder has, a second one would be inserted, which the unique index of ids refuses. */
  lease({ ownerId, holder }: VectorLease, now: Date, until: Date): Promise<boolean> {
    const free = { _id: ownerId, $or: [{ holder }, { holder: null }, { heldUntil: { $lte: now } }] };
    const first = { answering: null, sequence: 0, done: null };
    return unlessTaken(() =>
      this.#states.updateOne(
        free,
        { $set: { holder, heldUntil: until }, $setOnInsert: first },
        { upsert: true, setDefaultsOnInsert: false },
      ),
    );
  }

  async release({ ownerId, holder }: VectorLease): Promise<void> {
    await this.#states.updateOne({ _id: ownerId, holder }, { $set: { holder: null } });
  }

  async versionsOf(ownerId: string, space: string, entryIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const records = await this.#vectors
      .find({ ownerId, space, entryId: { $in: entryIds } })
      .select({ entryId: 1, version: 1 })
      .lean();
    return new Map(records.map(({ entryId, version }) => [entryId, version]));
  }

  async write(lease: VectorLease, space: string, vectors: readonly EntryVectors[]): Promise<boolean> {
    const { ownerId, holder } = lease;
    const state = await this.#states.findOne({ _id: ownerId, holder }).select({ sequence: 1 }).lean();
    if (!state) return false;
    const sequence = state.sequence + 1;
    await this.#vectors.bulkWrite(
      vectors.map(({ entryId, version, pieces }) => ({
        updateOne: {
          filter: { ownerId, space, entryId },
          update: { $set: { version, sequence, pieces: pieces.map(toRow) } },
          upsert: true,
        },
      })),
    );
    const { matchedCount } = await this.#states.updateOne({ _id: ownerId, holder }, { $set: { sequence } });
    return matchedCount === 1;
  }

  async prune(
    ownerId: string,
    { after, last, kept }: { after: string | null; last: string | null; kept: readonly string[] },
  ): Promise<void> {
    const entryId = { ...(after !== null && { $gt: after }), ...(last !== null && { $lte: last }), $nin: kept };
    await this.#vectors.deleteMany({ ownerId, entryId });
  }

  async delete(ownerId: string, entryIds: readonly string[]): Promise<void> {
    await this.#vectors.deleteMany({ ownerId, entryId: { $in: entryIds } });
  }

  async answerIn({ ownerId, holder }: VectorLease, space: VectorSpace): Promise<boolean> {
    const { matchedCount } = await this.#states.updateOne({ _id: ownerId, holder }, { $set: { answering: space } });
    return matchedCount === 1;
  }

  async finish({ ownerId, holder }: VectorLease, space: VectorSpace, revision: number): Promise<void> {
    const { matchedCount } = await this.#states.updateOne(
      { _id: ownerId, holder },
      // One more, so that vectors which a lost process has written but not shown are read too.
      { $set: { answering: space, done: { space: space.key, revision } }, $inc: { sequence: 1 } },
    );
    if (matchedCount === 1) await this.#vectors.deleteMany({ ownerId, space: { $ne: space.key } });
  }

  async list(ownerId: string, space: string, since: number, limit: number): Promise<WrittenVectors[]> {
    const records = await this.#vectors
      .find({ ownerId, space, sequence: { $gt: since } })
      .sort({ sequence: 1 })
      .limit(limit)
      .lean();
    return records.map(({ entryId, version, sequence, pieces }) => ({
      entryId,
      version,
      sequence,
      pieces: pieces.map(toPiece),
    }));
  }
}

function toState({ answering, sequence, done }: ArchiveVectorStateRecord): VectorState {
  return { answering, sequence, done };
}

function toRow({ start, end, vector }: EntryVectors['pieces'][number]): PieceRow {
  return { start, end, vector: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength) };
}

function toPiece({ start, end, vector }: PieceRow): EntryVectors['pieces'][number] {
  return { start, end, vector: new Int8Array(bytesIn(vector)) };
}
