import { randomInt } from 'node:crypto';
import { index, modelOptions, prop, Severity } from '@typegoose/typegoose';
import mongoose, { type Connection } from 'mongoose';
import type { Message } from '../../domain/conversations/message.js';
import type { Usage } from '../../domain/usage/usage.js';
import type { Run, RunError, RunStatus, StopReason } from '../../domain/runs/run.js';
import type { Claim, ClaimLimits, RunEnd, RunLease, RunStore, TakenOver } from '../../domain/runs/run-store.js';
import { isConnectionLost, keyThatRefuses } from './named-failures.js';
import { driverCollectionOf, modelOf } from './record.js';

const { Mixed } = mongoose.Schema.Types;

/** So few that the first reply to a search brings them all. */
const SLOTS_AT_A_TIME = 100;

/** How a run lies in MongoDB. `isActive` is true or missing, never false: the partial indexes hold active runs only. */
@modelOptions({
  schemaOptions: { collection: 'runs', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
@index({ conversationId: 1, isActive: 1 }, { unique: true, partialFilterExpression: { isActive: true } })
@index({ conversationId: 1, position: 1 }, { unique: true })
@index(
  { userId: 1, clientMessageId: 1 },
  { unique: true, partialFilterExpression: { clientMessageId: { $type: 'string' } } },
)
@index({ userId: 1, slot: 1 }, { unique: true, partialFilterExpression: { slot: { $exists: true } } })
@index({ isActive: 1, leaseUntil: 1 }, { partialFilterExpression: { isActive: true } })
class RunRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  conversationId!: string;

  @prop({ type: () => String, required: true })
  userId!: string;

  @prop({ type: () => String, required: true })
  status!: RunStatus;

  @prop({ type: () => String, default: null })
  stopReason!: StopReason | null;

  @prop({ type: () => Mixed, default: null })
  error!: RunError | null;

  @prop({ type: () => String, required: true })
  modelId!: string;

  @prop({ type: () => String, required: true })
  modelName!: string;

  @prop({ type: () => Mixed, default: null })
  toolNames!: readonly string[] | null;

  @prop({ type: () => Mixed, required: true })
  userMessage!: Message;

  @prop({ type: () => String, required: true })
  answerId!: string;

  @prop({ type: () => String, default: null })
  clientMessageId!: string | null;

  @prop({ type: () => String, required: true })
  requestHash!: string;

  @prop({ type: () => Number, default: 0 })
  steps!: number;

  @prop({ type: () => Number, required: true })
  maxSteps!: number;

  @prop({ type: () => Mixed, required: true })
  usage!: Usage;

  @prop({ type: () => Number, default: 0 })
  lastSeq!: number;

  @prop({ type: () => Date, required: true })
  startedAt!: Date;

  @prop({ type: () => Date, default: null })
  finishedAt!: Date | null;

  /** The user message's: two runs cannot begin at the same place. */
  @prop({ type: () => Number, required: true })
  position!: number;

  @prop({ type: () => Boolean })
  isActive?: true;

  /** An active run takes one of as many as its user may have at a time, counted from 0, so that no two claims find room in the same place. */
  @prop({ type: () => Number })
  slot?: number;

  @prop({ type: () => String, required: true })
  holder!: string;

  @prop({ type: () => Number, required: true })
  fence!: number;

  @prop({ type: () => Date, required: true })
  leaseUntil!: Date;

  @prop({ type: () => Number, required: true })
  reservedSeq!: number;

  @prop({ type: () => Boolean, default: false })
  isCancelRequested!: boolean;
}

type FencedLease = RunLease & { readonly fence: number };

export class MongoRunStore implements RunStore {
  readonly #records;
  readonly #collection;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, RunRecord);
    this.#collection = driverCollectionOf<RunRecord>(connection, this.#records);
  }

  async claim(run: Run, lease: FencedLease, { reservedSeq, maxActive }: ClaimLimits): Promise<Claim> {
    // Most users have few runs, if any: a slot that is picked blindly is free nearly always, and nothing need be read.
    let slot = randomInt(maxActive);
    for (;;) {
      const key = await this.#insert(run, lease, { reservedSeq, slot });
      if (!key) return { outcome: 'claimed' };
      const other = 'slot' in key ? await this.#freeSlot(run.userId, maxActive) : null;
      if (other === null) return this.#explainRefusal(run, key);
      slot = other;
    }
  }

  /** Returns the key of a unique index that refuses it. */
  async #insert(
    { id, ...fields }: Run,
    { holder, fence, until }: FencedLease,
    place: { readonly slot: number; readonly reservedSeq: number },
  ): Promise<Readonly<Record<string, unknown>> | null> {
    const record = {
      _id: id,
      ...fields,
      position: fields.userMessage.position,
      isActive: true as const,
      ...place,
      holder,
      fence,
      leaseUntil: until,
      isCancelRequested: false,
    };
    try {
      return await keyThatRefuses(() => this.#collection.insertOne(record));
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
    }
    // It may have been written although its answer was lost: nobody would drive it then, and its conversation would wait for it.
    const key = await keyThatRefuses(() => this.#collection.insertOne(record));
    return key && (await this.#records.exists({ _id: id })) ? null : key;
  }

  /**
   * Any, so that those who look for one at the same time seldom want the same; null if all are taken. Looks at one stretch of them after the other: to read
   * thousands of runs at each claim would take longer than a claim may.
   */
  async #freeSlot(userId: string, maxActive: number): Promise<number | null> {
    const stretches = Math.ceil(maxActive / SLOTS_AT_A_TIME);
    const first = randomInt(stretches);
    for (let looked = 0; looked < stretches; looked++) {
      const from = ((first + looked) % stretches) * SLOTS_AT_A_TIME;
      const to = Math.min(from + SLOTS_AT_A_TIME, maxActive);
      const active = await this.#records
        .find({ userId, slot: { $gte: from, $lt: to } })
        .select({ slot: 1 })
        .lean();
      const taken = new Set(active.map(({ slot }) => slot));
      const free = Array.from({ length: to - from }, (_, place) => from + place).filter((slot) => !taken.has(slot));
      if (free.length > 0) return free[randomInt(free.length)]!;
    }
    return null;
  }

  /** Of several unique indexes that refuse a run, the database names one only; that the message was sent before counts most. */
  async #explainRefusal(run: Run, key: Readonly<Record<string, unknown>>): Promise<Claim> {
    const { userId, clientMessageId, conversationId } = run;
    const before = clientMessageId === null ? null : await this.findByClientMessageId(userId, clientMessageId);
    if (before) return { outcome: 'duplicate', run: before };
    if ('slot' in key) return { outcome: 'full' };
    return 'position' in key && (await this.listActive([conversationId])).length === 0
      ? { outcome: 'stale' }
      : { outcome: 'busy' };
  }

  async find(id: string): Promise<Run | null> {
    const record = await this.#collection.findOne({ _id: id });
    return record && toRun(record);
  }

  async findMany(ids: readonly string[]): Promise<Run[]> {
    const records = await this.#records.find({ _id: { $in: ids } }).lean();
    return records.map(toRun);
  }

  async findByClientMessageId(userId: string, clientMessageId: string): Promise<Run | null> {
    const record = await this.#records.findOne({ userId, clientMessageId }).lean();
    return record && toRun(record);
  }

  async listActive(conversationIds: readonly string[]): Promise<Run[]> {
    const records = await this.#records.find({ conversationId: { $in: conversationIds }, isActive: true }).lean();
    return records.map(toRun);
  }

  async reserveSeq(id: string, fence: number, upTo: number): Promise<boolean> {
    const reserved = await this.#records.updateOne({ _id: id, fence, isActive: true }, { $max: { reservedSeq: upTo } });
    return reserved.matchedCount === 1;
  }

  async finish(id: string, fence: number, end: RunEnd): Promise<boolean> {
    const ended = await this.#collection.updateOne(
      { _id: id, fence, isActive: true },
      { $set: end, $unset: { isActive: true, slot: true } },
    );
    // An earlier try may have been written although its answer was lost: nobody else holds this fence.
    return ended.matchedCount === 1 || (await this.#records.exists({ _id: id, fence, status: end.status })) !== null;
  }

  async requestCancel(id: string): Promise<void> {
    await this.#records.updateOne({ _id: id, isActive: true }, { $set: { isCancelRequested: true } });
  }

  async isCancelRequested(id: string): Promise<boolean> {
    return (await this.#records.exists({ _id: id, isCancelRequested: true })) !== null;
  }

  async renew(
    { holder, until }: RunLease,
    ids: readonly string[],
  ): Promise<{ held: readonly string[]; cancelled: readonly string[] }> {
    const ours = { _id: { $in: ids }, holder, isActive: true as const };
    await this.#records.updateMany(ours, { $set: { leaseUntil: until } });
    const records = await this.#records.find(ours).select({ isCancelRequested: 1 }).lean();
    return {
      held: records.map(({ _id }) => _id),
      cancelled: records.filter((record) => record.isCancelRequested).map(({ _id }) => _id),
    };
  }

  async takeOver(
    { holder, until }: RunLease,
    now: Date,
    limit: number,
    except: readonly string[] = [],
  ): Promise<TakenOver[]> {
    const isLost = { isActive: true as const, leaseUntil: { $lt: now } };
    const lost = await this.#records
      .find({ ...isLost, _id: { $nin: except } })
      .select({ _id: 1 })
      .limit(limit)
      .lean();
    const taken: TakenOver[] = [];
    for (const { _id } of lost) {
      // Another process may have been quicker.
      const record = await this.#records
        .findOneAndUpdate(
          { _id, ...isLost },
          { $set: { holder, leaseUntil: until }, $inc: { fence: 1 } },
          { returnDocument: 'after' },
        )
        .lean();
      if (!record) continue;
      const { fence, reservedSeq, isCancelRequested } = record;
      taken.push({ run: toRun(record), fence, reservedSeq, isCancelRequested });
    }
    return taken;
  }

  async deleteOfConversation(conversationId: string): Promise<void> {
    await this.#records.deleteMany({ conversationId });
  }
}

/** What a record holds besides belongs to the driving of the run, and stays here. */
function toRun(record: RunRecord): Run {
  const {
    _id,
    position: _position,
    isActive: _isActive,
    slot: _slot,
    holder: _holder,
    fence: _fence,
    leaseUntil: _until,
    reservedSeq: _seq,
    isCancelRequested: _asked,
    ...run
  } = record;
  return { id: _id, ...run };
}
