import { index, modelOptions, prop, Severity } from '@typegoose/typegoose';
import mongoose, { type Connection } from 'mongoose';
import type { Message, MessagePart, MessageRole, MessageStatus } from '../../domain/conversations/message.js';
import type { Draft, MessageStore } from '../../domain/conversations/message-store.js';
import type { Usage } from '../../domain/usage/usage.js';
import { driverCollectionOf, modelOf, withUnderscoreId } from './record.js';

/** How a message lies in MongoDB. */
@modelOptions({
  schemaOptions: { collection: 'messages', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
@index({ conversationId: 1, position: 1 }, { unique: true })
@index({ conversationId: 1, parentId: 1, position: 1 })
class MessageRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  conversationId!: string;

  @prop({ type: () => String, default: null })
  parentId!: string | null;

  @prop({ type: () => Number, required: true })
  position!: number;

  @prop({ type: () => String, required: true })
  role!: MessageRole;

  @prop({ type: () => [mongoose.Schema.Types.Mixed], default: [] })
  parts!: MessagePart[];

  @prop({ type: () => String, required: true })
  status!: MessageStatus;

  @prop({ type: () => String, default: null })
  runId!: string | null;

  @prop({ type: () => mongoose.Schema.Types.Mixed, default: null })
  usage!: Usage | null;

  @prop({ type: () => Date, required: true })
  createdAt!: Date;

  /** Only the run that holds this fence may write. */
  @prop({ type: () => Number, required: true })
  fence!: number;

  /** Number of the last event that is in `parts`. */
  @prop({ type: () => Number, default: 0 })
  draftSeq!: number;
}

export class MongoMessageStore implements MessageStore {
  readonly #records;
  readonly #collection;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, MessageRecord);
    this.#collection = driverCollectionOf<MessageRecord>(connection, this.#records);
  }

  async insertMissing(messages: readonly Message[], fence: number): Promise<void> {
    await this.#collection.bulkWrite(
      messages.map((message) => ({
        updateOne: {
          filter: { _id: message.id },
          update: { $setOnInsert: { ...withoutId(message), fence, draftSeq: 0 } },
          upsert: true,
        },
      })),
      { ordered: true },
    );
  }

  async find(id: string): Promise<Message | null> {
    const record = await this.#records.findById(id).lean();
    return record && toMessage(record);
  }

  async findMany(ids: readonly string[]): Promise<Message[]> {
    const records = await this.#records.find({ _id: { $in: ids } }).lean();
    return records.map(toMessage);
  }

  async findDraft(id: string): Promise<{ message: Message; seq: number } | null> {
    const record = await this.#records.findById(id).lean();
    return record && { message: toMessage(record), seq: record.draftSeq };
  }

  async listBefore(conversationId: string, position: number, limit: number): Promise<Message[]> {
    const records = await this.#records
      .find({ conversationId, position: { $lt: position } })
      .sort({ position: -1 })
      .limit(limit)
      .lean();
    return records.map(toMessage);
  }

  async listAfter(conversationId: string, position: number, limit: number): Promise<Message[]> {
    const records = await this.#records
      .find({ conversationId, position: { $gt: position } })
      .sort({ position: 1 })
      .limit(limit)
      .lean();
    return records.map(toMessage);
  }

  async listLinks(conversationId: string): Promise<Pick<Message, 'id' | 'parentId'>[]> {
    const records = await this.#records.find({ conversationId }).select({ parentId: 1 }).sort({ position: 1 }).lean();
    return records.map(({ _id, parentId }) => ({ id: _id, parentId }));
  }

  async listChildren(
    conversationId: string,
    parentIds: readonly (string | null)[],
  ): Promise<Map<string | null, string[]>> {
    const records = await this.#records
      .find({ conversationId, parentId: { $in: parentIds } })
      .select({ parentId: 1 })
      .sort({ position: 1 })
      .lean();
    const children = new Map<string | null, string[]>();
    for (const { _id, parentId } of records) children.set(parentId, [...(children.get(parentId) ?? []), _id]);
    return children;
  }

  async saveDrafts(drafts: readonly Draft[]): Promise<void> {
    await this.#collection.bulkWrite(
      drafts.map((draft) => ({
        updateOne: {
          // Of two that are on their way at a time, either may come first.
          filter: { ...unfinished(draft), draftSeq: { $lte: draft.seq } },
          update: { $set: { parts: [...draft.parts], draftSeq: draft.seq } },
        },
      })),
      { ordered: false },
    );
  }

  async raiseFence(id: string, fence: number): Promise<void> {
    await this.#records.updateOne({ _id: id, fence: { $lt: fence } }, { $set: { fence } });
  }

  async finish(draft: Draft, status: MessageStatus, usage: Usage): Promise<boolean> {
    const { messageId, fence, seq, parts } = draft;
    const written = await this.#collection.updateOne(unfinished(draft), {
      $set: { parts: [...parts], draftSeq: seq, status, usage },
    });
    // An earlier try may have been written although its answer was lost: nobody else holds this fence.
    return (
      written.matchedCount === 1 ||
      (await this.#records.exists({ _id: messageId, fence, status: { $ne: 'STREAMING' } })) !== null
    );
  }

  async deleteOfConversation(conversationId: string): Promise<void> {
    await this.#records.deleteMany({ conversationId });
  }
}

const unfinished = ({ messageId, fence }: Draft) => ({ _id: messageId, fence, status: 'STREAMING' as const });

function withoutId(message: Message): Omit<MessageRecord, '_id' | 'fence' | 'draftSeq'> {
  const { _id, parts, ...rest } = withUnderscoreId(message);
  return { ...rest, parts: [...parts] };
}

function toMessage({
  _id,
  conversationId,
  parentId,
  position,
  role,
  parts,
  status,
  runId,
  usage,
  createdAt,
}: MessageRecord): Message {
  return { id: _id, conversationId, parentId, position, role, parts, status, runId, usage, createdAt };
}
