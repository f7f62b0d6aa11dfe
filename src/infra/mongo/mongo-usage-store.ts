import { index, modelOptions, prop } from '@typegoose/typegoose';
import type { Connection } from 'mongoose';
import type { Usage, UsageRecord, UsageStore } from '../../domain/models/usage.js';
import { modelOf, withUnderscoreId } from './record.js';

/** How the usage of one model call lies in MongoDB. */
@modelOptions({ schemaOptions: { collection: 'usage', versionKey: false } })
@index({ conversationId: 1 })
@index({ userId: 1, at: 1 })
class ModelCallRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  userId!: string;

  @prop({ type: () => String, required: true })
  conversationId!: string;

  @prop({ type: () => String, required: true })
  runId!: string;

  @prop({ type: () => String, required: true })
  messageId!: string;

  @prop({ type: () => String, required: true })
  modelId!: string;

  @prop({ type: () => String, required: true })
  modelName!: string;

  @prop({ type: () => Number, required: true })
  step!: number;

  @prop({ type: () => String, required: true })
  outcome!: UsageRecord['outcome'];

  @prop({ type: () => Number, required: true })
  inputTokens!: number;

  @prop({ type: () => Number, required: true })
  outputTokens!: number;

  @prop({ type: () => Number, required: true })
  cachedTokens!: number;

  @prop({ type: () => Number, required: true })
  reasoningTokens!: number;

  @prop({ type: () => Number, default: null })
  cost!: number | null;

  @prop({ type: () => Boolean, required: true })
  isEstimated!: boolean;

  @prop({ type: () => Date, required: true })
  at!: Date;
}

/** What a sum over no records is. */
const NOTHING: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  cost: null,
  isEstimated: false,
};

export class MongoUsageStore implements UsageStore {
  readonly #records;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, ModelCallRecord);
  }

  async record(records: readonly UsageRecord[]): Promise<void> {
    await this.#records.bulkWrite(
      records.map(({ usage, ...call }) => {
        const { _id, ...fields } = withUnderscoreId({ ...call, ...usage });
        return { updateOne: { filter: { _id }, update: { $setOnInsert: fields }, upsert: true } };
      }),
      { ordered: false },
    );
  }

  async totalOfConversation(conversationId: string): Promise<Usage> {
    const [total] = await this.#records.aggregate<Usage & { pricedCalls: number }>([
      { $match: { conversationId } },
      {
        $group: {
          _id: null,
          inputTokens: { $sum: '$inputTokens' },
          outputTokens: { $sum: '$outputTokens' },
          cachedTokens: { $sum: '$cachedTokens' },
          reasoningTokens: { $sum: '$reasoningTokens' },
          cost: { $sum: '$cost' },
          pricedCalls: { $sum: { $cond: [{ $eq: ['$cost', null] }, 0, 1] } },
          isEstimated: { $max: '$isEstimated' },
        },
      },
      { $unset: '_id' },
    ]);
    if (!total) return NOTHING;
    const { pricedCalls, ...usage } = total;
    return { ...usage, cost: pricedCalls === 0 ? null : usage.cost };
  }
}
