import type { StoredTokens } from '../../archive/analysis/analyze-entry.js';
import type { Conversation } from '../conversation.js';

/** What a message is found by. The message itself is not in it. */
export type MessageTokens = {
  readonly messageId: string;
  readonly conversationId: string;
  /** That of the message. */
  readonly position: number;
  readonly tokens: StoredTokens;
};

/** As much of a conversation as tells whether anything was said in it since, and whether it is looked for. */
export type ConversationHead = Pick<Conversation, 'id' | 'nextPosition' | 'kind' | 'visibility'>;

/** Keeps what searches of conversations go by. Every implementation passes `test/contract/message-token-store.ts`. */
export interface MessageTokenStore {
  /** All conversations of one owner, last changed first; reads no message. */
  listHeads(ownerId: string): Promise<ConversationHead[]>;
  /** What is kept of the messages after `position` of these conversations, one conversation after another, by position within each; at most `limit`. */
  listKept(conversationIds: readonly string[], position: number, limit: number): Promise<MessageTokens[]>;
  /** Keeps these in the place of what was kept of the same messages, in this order. Nothing is kept of messages that do not exist (any more). */
  keep(tokens: readonly MessageTokens[]): Promise<void>;
  delete(messageIds: readonly string[]): Promise<void>;
  /** The messages are to be deleted first, so that nobody keeps tokens of them afterwards. */
  deleteOfConversation(conversationId: string): Promise<void>;
}
