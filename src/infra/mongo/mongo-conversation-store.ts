import { index, modelOptions, prop, Severity } from '@typegoose/typegoose';
import mongoose, { type Connection } from 'mongoose';
import type { Conversation, ConversationSummary } from '../../domain/conversations/conversation.js';
import type {
  ConversationChanges,
  ConversationCursor,
  ConversationStore,
} from '../../domain/conversations/conversation-store.js';
import { driverCollectionOf, modelOf, withId, withUnderscoreId } from './record.js';

/** What is true of a conversation until its deletion has begun. */
export const IS_THERE = { deletedAt: { $exists: false } } as const;
const IS_DELETED = { deletedAt: { $exists: true } } as const;

/** How a conversation lies in MongoDB. */
@modelOptions({
  schemaOptions: { collection: 'conversations', versionKey: false },
  options: { allowMixed: Severity.ALLOW },
})
@index({ ownerId: 1, updatedAt: -1, _id: -1 })
@index({ deletedAt: 1 }, { partialFilterExpression: IS_DELETED })
class ConversationRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  kind!: Conversation['kind'];

  @prop({ type: () => String, required: true })
  ownerId!: string;

  @prop({ type: () => String, required: true })
  visibility!: Conversation['visibility'];

  @prop({ type: () => String, required: true })
  title!: string;

  @prop({ type: () => String, required: true })
  titleSource!: Conversation['titleSource'];

  @prop({ type: () => String, required: true })
  modelId!: string;

  @prop({ type: () => String, required: true })
  providerName!: string;

  @prop({ type: () => String, required: true })
  modelName!: string;

  @prop({ type: () => [String], default: [] })
  fallbackModelIds!: string[];

  @prop({ type: () => String, default: null })
  agentMode!: Conversation['agentMode'];

  @prop({ type: () => Number, default: null })
  temperature!: number | null;

  @prop({ type: () => Number, default: null })
  maxOutputTokens!: number | null;

  @prop({ type: () => String, default: '' })
  instructions!: string;

  @prop({ type: () => mongoose.Schema.Types.Mixed, default: null })
  summary!: ConversationSummary | null;

  @prop({ type: () => String, default: null })
  activeLeafId!: string | null;

  @prop({ type: () => Number, required: true })
  nextPosition!: number;

  @prop({ type: () => Date, required: true })
  createdAt!: Date;

  @prop({ type: () => Date, required: true })
  updatedAt!: Date;

  @prop({ type: () => Date, default: null })
  lastMessageAt!: Date | null;

  /** When its deletion began; missing for all that are there. */
  @prop({ type: () => Date })
  deletedAt?: Date;
}

export class MongoConversationStore implements ConversationStore {
  readonly #records;
  readonly #collection;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, ConversationRecord);
    this.#collection = driverCollectionOf<ConversationRecord>(connection, this.#records);
  }

  async insert(conversation: Conversation): Promise<void> {
    const { fallbackModelIds, ...rest } = withUnderscoreId(conversation);
    await this.#records.create({ ...rest, fallbackModelIds: [...fallbackModelIds] });
  }

  async find(id: string): Promise<Conversation | null> {
    const record = await this.#collection.findOne({ _id: id, ...IS_THERE });
    return record && withId(record);
  }

  async findMany(ids: readonly string[]): Promise<Conversation[]> {
    const records = await this.#records.find({ _id: { $in: ids }, ...IS_THERE }).lean();
    return records.map(withId);
  }

  async listOwned(ownerId: string, limit: number, after: ConversationCursor | null): Promise<Conversation[]> {
    const isAfter = after && {
      $or: [{ updatedAt: { $lt: after.updatedAt } }, { updatedAt: after.updatedAt, _id: { $lt: after.id } }],
    };
    const records = await this.#records
      .find({ ownerId, ...IS_THERE, ...isAfter })
      .sort({ updatedAt: -1, _id: -1 })
      .limit(limit)
      .lean();
    return records.map(withId);
  }

  async update(id: string, changes: ConversationChanges): Promise<void> {
    await this.#records.updateOne({ _id: id, ...IS_THERE }, { $set: changes });
  }

  async advance(
    id: string,
    { nextPosition, activeLeafId, at }: { nextPosition: number; activeLeafId: string; at: Date },
  ): Promise<boolean> {
    const moved = await this.#collection.updateOne(
      { _id: id, nextPosition: { $lt: nextPosition }, ...IS_THERE },
      { $set: { nextPosition, activeLeafId, lastMessageAt: at, updatedAt: at } },
    );
    return moved.matchedCount === 1 || (await this.#records.exists({ _id: id, ...IS_THERE })) !== null;
  }

  async beginDeletion(id: string, ownerId: string, at: Date): Promise<boolean> {
    const begun = await this.#records.updateOne({ _id: id, ownerId }, { $set: { deletedAt: at } });
    return begun.matchedCount === 1;
  }

  async listDeletions(before: Date, limit: number, except: readonly string[]): Promise<string[]> {
    const records = await this.#records
      .find({ deletedAt: { $lt: before }, _id: { $nin: except } })
      .select({ _id: 1 })
      .limit(limit)
      .lean();
    return records.map(({ _id }) => _id);
  }

  async delete(id: string): Promise<void> {
    await this.#records.deleteOne({ _id: id });
  }
}
