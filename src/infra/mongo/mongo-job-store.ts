import { index, modelOptions, prop, Severity } from '@typegoose/typegoose';
import mongoose, { type Connection } from 'mongoose';
import type { Job, JobError, JobFile, JobInput, JobProgress, JobStatus, LineProblem } from '../../domain/jobs/job.js';
import type { ClaimedJob, JobCursor, JobEnd, JobLease, JobStore } from '../../domain/jobs/job-store.js';
import { duplicateKeyOf } from './named-failures.js';
import { modelOf } from './record.js';

const { Mixed } = mongoose.Schema.Types;

/** How a job lies in MongoDB. `isActive` is true or missing, never false: the partial indexes hold active jobs only. */
@modelOptions({
  schemaOptions: { collection: 'jobs', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
@index({ ownerId: 1, _id: -1 })
@index({ ownerId: 1, slot: 1 }, { unique: true, partialFilterExpression: { isActive: true } })
@index({ isActive: 1, freeAt: 1 }, { partialFilterExpression: { isActive: true } })
@index({ finishedAt: 1 })
class JobRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  ownerId!: string;

  @prop({ type: () => Mixed, required: true })
  input!: JobInput;

  @prop({ type: () => String, required: true })
  status!: JobStatus;

  @prop({ type: () => Number, required: true })
  done!: number;

  @prop({ type: () => Number, default: null })
  total!: number | null;

  @prop({ type: () => Number, required: true })
  entries!: number;

  @prop({ type: () => Mixed, required: true })
  problems!: readonly LineProblem[];

  @prop({ type: () => Mixed, default: null })
  error!: JobError | null;

  @prop({ type: () => Mixed, default: null })
  file!: JobFile | null;

  @prop({ type: () => Number, required: true })
  revision!: number;

  @prop({ type: () => Date, required: true })
  createdAt!: Date;

  /** Missing until it is claimed for the first time. */
  @prop({ type: () => Date })
  startedAt?: Date;

  @prop({ type: () => Date, default: null })
  finishedAt!: Date | null;

  @prop({ type: () => Mixed, default: null })
  cursor!: JobCursor | null;

  @prop({ type: () => Boolean })
  isActive?: true;

  /** 0 up to the owner's limit; each is taken by one active job at most, so that no two can both be the last that there is room for. */
  @prop({ type: () => Number, required: true })
  slot!: number;

  /** From when on anybody may claim it: in the queue, the end of its pause; while it is driven, the end of the lease. */
  @prop({ type: () => Date, required: true })
  freeAt!: Date;

  @prop({ type: () => String, default: null })
  holder!: string | null;

  @prop({ type: () => Number, required: true })
  fence!: number;

  @prop({ type: () => Number, required: true })
  attempts!: number;

  @prop({ type: () => Boolean, default: false })
  isCancelRequested!: boolean;
}

export class MongoJobStore implements JobStore {
  readonly #records;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, JobRecord);
  }

  async insert(job: Job, limit: number): Promise<'inserted' | 'full' | 'exists'> {
    const { id, startedAt: _startedAt, ...fields } = job;
    const active = await this.#records.find({ ownerId: job.ownerId, isActive: true }).select({ slot: 1 }).lean();
    const taken = new Set(active.map(({ slot }) => slot));
    for (let slot = 0; slot < limit; slot++) {
      if (taken.has(slot)) continue;
      const driving = { isActive: true as const, slot, freeAt: job.createdAt, fence: 0, attempts: 0 };
      try {
        await this.#records.create({ _id: id, ...fields, ...driving });
        return 'inserted';
      } catch (error) {
        const key = duplicateKeyOf(error);
        if (!key) throw error;
        if ('_id' in key) return 'exists';
        // Another job was faster: the next place.
      }
    }
    return (await this.#records.exists({ _id: id })) ? 'exists' : 'full';
  }

  async find(id: string): Promise<Job | null> {
    const record = await this.#records.findById(id).lean();
    return record && toJob(record);
  }

  async list(ownerId: string, limit: number, after: string | null): Promise<Job[]> {
    const records = await this.#records
      .find({ ownerId, ...(after !== null && { _id: { $lt: after } }) })
      .sort({ _id: -1 })
      .limit(limit)
      .lean();
    return records.map(toJob);
  }

  async releaseAll(at: Date): Promise<void> {
    await this.#records.updateMany(
      { isActive: true, status: 'RUNNING' },
      { $set: { status: 'QUEUED', holder: null, freeAt: at }, $inc: { revision: 1 } },
    );
  }

  async claim({ holder, until }: JobLease, now: Date, exceptOwners: readonly string[]): Promise<ClaimedJob | null> {
    const record = await this.#records
      .findOneAndUpdate(
        { isActive: true, freeAt: { $lte: now }, ownerId: { $nin: [...exceptOwners] } },
        {
          $set: { status: 'RUNNING', holder, freeAt: until },
          $inc: { fence: 1, attempts: 1, revision: 1 },
          $min: { startedAt: now },
        },
        { sort: { freeAt: 1 }, returnDocument: 'after' },
      )
      .lean();
    if (!record) return null;
    const { fence, cursor, attempts, isCancelRequested } = record;
    return { job: toJob(record), fence, cursor, attempts, isCancelRequested };
  }

  async saveProgress(id: string, fence: number, progress: JobProgress, cursor: JobCursor | null): Promise<boolean> {
    const { done, total, entries, problems } = progress;
    return this.#update(id, fence, {
      $set: { done, total, entries, problems, ...(cursor && { cursor, attempts: 0 }) },
      $inc: { revision: 1 },
    });
  }

  async release(id: string, fence: number, at: Date, isAttempt: boolean): Promise<boolean> {
    return this.#update(id, fence, {
      $set: { status: 'QUEUED', holder: null, freeAt: at },
      $inc: { revision: 1, attempts: isAttempt ? 0 : -1 },
    });
  }

  async finish(id: string, fence: number, end: JobEnd): Promise<boolean> {
    const ended = await this.#update(id, fence, { $set: end, $unset: { isActive: 1 }, $inc: { revision: 1 } });
    // An earlier try may have been written although its answer was lost: nobody else holds this fence.
    return ended || (await this.#records.exists({ _id: id, fence, status: end.status })) !== null;
  }

  async requestCancel(id: string, now: Date): Promise<void> {
    const ended = await this.#records.updateOne(
      { _id: id, isActive: true, status: 'QUEUED' },
      { $set: { status: 'CANCELLED', finishedAt: now }, $unset: { isActive: 1 }, $inc: { revision: 1, fence: 1 } },
    );
    if (ended.matchedCount === 0)
      await this.#records.updateOne({ _id: id, isActive: true }, { $set: { isCancelRequested: true } });
  }

  async isCancelRequested(id: string): Promise<boolean> {
    return (await this.#records.exists({ _id: id, isCancelRequested: true })) !== null;
  }

  async renew(
    { holder, until }: JobLease,
    ids: readonly string[],
  ): Promise<{ held: readonly string[]; cancelled: readonly string[] }> {
    const ours = { _id: { $in: [...ids] }, holder, isActive: true as const };
    await this.#records.updateMany(ours, { $set: { freeAt: until } });
    const records = await this.#records.find(ours).select({ isCancelRequested: 1 }).lean();
    return {
      held: records.map(({ _id }) => _id),
      cancelled: records.filter((record) => record.isCancelRequested).map(({ _id }) => _id),
    };
  }

  async listEndedBefore(before: Date, limit: number, except: readonly string[]): Promise<Job[]> {
    const records = await this.#records
      .find({ finishedAt: { $lt: before }, _id: { $nin: except } })
      .limit(limit)
      .lean();
    return records.map(toJob);
  }

  async delete(id: string): Promise<void> {
    await this.#records.deleteOne({ _id: id });
  }

  async #update(id: string, fence: number, change: mongoose.UpdateQuery<JobRecord>): Promise<boolean> {
    const changed = await this.#records.updateOne({ _id: id, fence, isActive: true }, change);
    return changed.matchedCount === 1;
  }
}

/** What a record holds besides belongs to the driving of the job, and stays here. */
function toJob(record: JobRecord): Job {
  const { ownerId, input, status, done, total, entries, problems, error, file, revision, createdAt, finishedAt } =
    record;
  const progress = { done, total, entries, problems };
  const times = { createdAt, startedAt: record.startedAt ?? null, finishedAt };
  return { id: record._id, ownerId, input, status, ...progress, error, file, revision, ...times };
}
