import { modelOptions, prop, Severity } from '@typegoose/typegoose';
import mongoose, { type Connection } from 'mongoose';
import type { Amount, BudgetAccount, BudgetLimits, BudgetSubject, Reservation } from '../../domain/budgets/budget.js';
import type { Month } from '../../domain/usage/month.js';
import type { BudgetStore, Settlement } from '../../domain/budgets/budget-store.js';
import { driverCollectionOf, modelOf } from './record.js';

const { Mixed } = mongoose.Schema.Types;

/** Calls that an account remembers to have settled, so that a write whose answer was lost can be tried again. */
const REMEMBERED_CALLS = 100;

/** US dollars: sums of fractions are off by less. */
const COST_TOLERANCE = 1e-9;

type ReservationRow = { callId: string; runId: string; tokens: number; cost: number; until: Date };

/** How a budget lies in MongoDB: one document a subject, so that each change of it is atomic. */
@modelOptions({
  schemaOptions: { collection: 'budgets', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
class BudgetRecord {
  /** Kind and id of the subject. */
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => Number, default: null })
  maxTokens!: number | null;

  @prop({ type: () => Number, default: null })
  maxCost!: number | null;

  /** By month, such as `2026-11`. Months that are over are kept. */
  @prop({ type: () => Mixed, required: true })
  spent!: Record<Month, Amount>;

  @prop({ type: () => Mixed, required: true })
  reservations!: ReservationRow[];

  /** Ids of the calls that were settled last. */
  @prop({ type: () => Mixed, required: true })
  settled!: string[];
}

export class MongoBudgetStore implements BudgetStore {
  readonly #records;
  readonly #collection;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, BudgetRecord);
    this.#collection = driverCollectionOf<BudgetRecord>(connection, this.#records);
  }

  async find(subject: BudgetSubject, month: Month): Promise<BudgetAccount | null> {
    const record = await this.#collection.findOne({ _id: keyOf(subject) }, { projection: { settled: 0 } });
    return record && toAccount(record, subject, month);
  }

  async findMany(subjects: readonly BudgetSubject[], month: Month): Promise<BudgetAccount[]> {
    const byKey = new Map(subjects.map((subject) => [keyOf(subject), subject]));
    const records = await this.#records
      .find({ _id: { $in: [...byKey.keys()] } })
      .select({ settled: 0 })
      .lean();
    return records.flatMap((record) => {
      const subject = byKey.get(record._id);
      return subject ? [toAccount(record, subject, month)] : [];
    });
  }

  async setLimits(
    subject: BudgetSubject,
    { maxTokens, maxCost }: BudgetLimits,
    { month, spent }: { month: Month; spent: Amount },
  ): Promise<void> {
    await this.#records.updateOne(
      { _id: keyOf(subject) },
      {
        $set: { maxTokens, maxCost },
        $setOnInsert: { spent: { [month]: spent }, reservations: [], settled: [] },
      },
      { upsert: true },
    );
  }

  async delete(subject: BudgetSubject): Promise<void> {
    await this.#records.deleteOne({ _id: keyOf(subject) });
  }

  async reserve(subject: BudgetSubject, month: Month, { amount, ...call }: Reservation): Promise<boolean> {
    const isRoomFor = (part: keyof Amount, max: string, tolerance: number) => ({
      $or: [
        { $eq: [max, null] },
        {
          $lte: [
            {
              $add: [{ $ifNull: [`$spent.${month}.${part}`, 0] }, { $sum: `$reservations.${part}` }, amount[part]],
            },
            { $add: [max, tolerance] },
          ],
        },
      ],
    });
    const reserved = await this.#records.updateOne(
      {
        _id: keyOf(subject),
        $expr: {
          $and: [
            isRoomFor('tokens', '$maxTokens', 0),
            // More may have been spent than there is by now.
            ...(amount.cost > 0 ? [isRoomFor('cost', '$maxCost', COST_TOLERANCE)] : []),
          ],
        },
      },
      { $push: { reservations: { ...call, ...amount } } },
    );
    return reserved.matchedCount === 1;
  }

  async settle(subject: BudgetSubject, { callId, took, month }: Settlement): Promise<void> {
    await this.#records.updateOne(
      { _id: keyOf(subject), settled: { $ne: callId } },
      {
        $pull: { reservations: { callId } },
        $inc: { [`spent.${month}.tokens`]: took.tokens, [`spent.${month}.cost`]: took.cost },
        $push: { settled: { $each: [callId], $slice: -REMEMBERED_CALLS } },
      },
    );
  }

  async release(subject: BudgetSubject, callIds: readonly string[]): Promise<void> {
    await this.#records.updateOne(
      { _id: keyOf(subject) },
      { $pull: { reservations: { callId: { $in: [...callIds] } } } },
    );
  }
}

const keyOf = ({ kind, id }: BudgetSubject): string => `${kind}:${id}`;

function toAccount(
  { maxTokens, maxCost, spent, reservations }: Omit<BudgetRecord, 'settled'>,
  subject: BudgetSubject,
  month: Month,
): BudgetAccount {
  return {
    subject,
    maxTokens,
    maxCost,
    spent: { tokens: spent[month]?.tokens ?? 0, cost: spent[month]?.cost ?? 0 },
    reservations: reservations.map(toReservation),
  };
}

const toReservation = ({ callId, runId, tokens, cost, until }: ReservationRow): Reservation => ({
  callId,
  runId,
  amount: { tokens, cost },
  until,
});
