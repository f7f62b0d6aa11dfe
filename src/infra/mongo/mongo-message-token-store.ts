import { index, modelOptions, prop, Severity } from '@typegoose/typegoose';
import mongoose, { type Connection } from 'mongoose';
import type {
  ConversationHead,
  MessageTokens,
  MessageTokenStore,
} from '../../domain/conversations/search/message-token-store.js';
import { toStoredTokens, toTokenFields, type PieceRow } from './archive-records.js';
import { IS_THERE } from './mongo-conversation-store.js';
import { driverCollectionOf, modelOf, withId } from './record.js';

/** What a message is found by, apart from the message, so that an index is built without reading what was said. */
@modelOptions({
  schemaOptions: { collection: 'messageTokens', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
@index({ conversationId: 1, position: 1 })
class MessageTokensRecord {
  /** That of the message. */
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  conversationId!: string;

  @prop({ type: () => Number, required: true })
  position!: number;

  /** Of the analyzer. */
  @prop({ type: () => String, required: true })
  version!: string;

  @prop({ type: () => mongoose.Schema.Types.Mixed, required: true })
  pieces!: PieceRow[];
}

export class MongoMessageTokenStore implements MessageTokenStore {
  readonly #tokens;
  readonly #conversations;
  readonly #messages;

  constructor(connection: Connection) {
    const records = modelOf(connection, MessageTokensRecord);
    this.#tokens = driverCollectionOf<MessageTokensRecord>(connection, records);
    const named = (name: string) => ({ collection: { name } });
    this.#conversations = driverCollectionOf<HeadRecord>(connection, named('conversations'));
    this.#messages = driverCollectionOf<{ _id: string }>(connection, named('messages'));
  }

  async listHeads(ownerId: string): Promise<ConversationHead[]> {
    const records = await this.#conversations
      .find({ ownerId, ...IS_THERE }, { projection: { nextPosition: 1, kind: 1, visibility: 1 } })
      .sort({ updatedAt: -1, _id: -1 })
      .toArray();
    return records.map(withId);
  }

  async listKept(conversationIds: readonly string[], position: number, limit: number): Promise<MessageTokens[]> {
    const records = await this.#tokens
      .find({ conversationId: { $in: [...conversationIds] }, position: { $gt: position } })
      .sort({ conversationId: 1, position: 1 })
      .limit(limit)
      .toArray();
    return records.map(({ _id, conversationId, position, ...tokens }) => ({
      messageId: _id,
      conversationId,
      position,
      tokens: toStoredTokens(tokens),
    }));
  }

  async keep(rows: readonly MessageTokens[]): Promise<void> {
    await this.#tokens.bulkWrite(
      rows.map(({ messageId, conversationId, position, tokens }) => ({
        updateOne: {
          filter: { _id: messageId },
          update: { $set: { conversationId, position, ...toTokenFields(tokens) } },
          upsert: true,
        },
      })),
      { ordered: true },
    );
    // Looked at afterwards: whoever deletes messages deletes their tokens after them, so that one of the two sees what the other did.
    const ids = rows.map(({ messageId }) => messageId);
    const there = await this.#messages.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
    if (there.length === rows.length) return;
    const living = new Set(there.map(({ _id }) => _id));
    await this.delete(ids.filter((id) => !living.has(id)));
  }

  async delete(messageIds: readonly string[]): Promise<void> {
    await this.#tokens.deleteMany({ _id: { $in: [...messageIds] } });
  }

  async deleteOfConversation(conversationId: string): Promise<void> {
    await this.#tokens.deleteMany({ conversationId });
  }
}

type HeadRecord = Omit<ConversationHead, 'id'> & { _id: string; ownerId: string; updatedAt: Date };
