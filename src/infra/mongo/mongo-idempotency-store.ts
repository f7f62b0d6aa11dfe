import { index, modelOptions, prop } from '@typegoose/typegoose';
import type { Connection } from 'mongoose';
import type { Attempt, Held, IdempotencyStore } from '../../domain/idempotency/idempotency-store.js';
import { modelOf, withId, withUnderscoreId } from './record.js';

/** How an attempt lies in MongoDB, which deletes it when its time is over. */
@modelOptions({ schemaOptions: { collection: 'idempotency_keys', versionKey: false } })
@index({ forgetAt: 1 }, { expireAfterSeconds: 0 })
class IdempotencyRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  fingerprint!: string;

  @prop({ type: () => String, required: true })
  holder!: string;

  @prop({ type: () => Date, required: true })
  leaseUntil!: Date;

  @prop({ type: () => String, default: null })
  answer!: string | null;

  @prop({ type: () => Date, required: true })
  forgetAt!: Date;
}

export class MongoIdempotencyStore implements IdempotencyStore {
  readonly #records;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, IdempotencyRecord);
  }

  /** In one command, so that it also sees what a majority has not confirmed yet. */
  async claim(attempt: Attempt): Promise<Attempt> {
    const { _id, ...rest } = withUnderscoreId(attempt);
    const record = await this.#records
      .findOneAndUpdate({ _id }, { $setOnInsert: rest }, { upsert: true, returnDocument: 'after' })
      .lean();
    return withId(record);
  }

  async renew({ id, holder }: Held, leaseUntil: Date): Promise<void> {
    await this.#records.updateOne({ _id: id, holder }, { $set: { leaseUntil } });
  }

  async keep({ id, holder }: Held, answer: string): Promise<void> {
    await this.#records.updateOne({ _id: id, holder }, { $set: { answer } });
  }

  async release({ id, holder }: Held): Promise<void> {
    await this.#records.deleteOne({ _id: id, holder });
  }
}
