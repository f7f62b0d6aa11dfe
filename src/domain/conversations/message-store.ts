import type { Usage } from '../usage/usage.js';
import type { Message, MessagePart, MessageStatus } from './message.js';

/** What a run has written so far. */
export type Draft = {
  readonly messageId: string;
  readonly fence: number;
  /** Number of the last event that is in it. */
  readonly seq: number;
  readonly parts: readonly MessagePart[];
};

/** Every implementation passes `test/contract/message-store.ts`. */
export interface MessageStore {
  /** Keeps those that are not there yet, and leaves the others as they are. `fence` guards what `Draft`s may write. */
  insertMissing(messages: readonly Message[], fence: number): Promise<void>;
  find(id: string): Promise<Message | null>;
  /** Those that exist, in any order. */
  findMany(ids: readonly string[]): Promise<Message[]>;
  /** The message, and the number of the last event that is in it; 0 if nothing was saved yet. */
  findDraft(id: string): Promise<{ message: Message; seq: number } | null>;
  /** Those before `position`, newest first. */
  listBefore(conversationId: string, position: number, limit: number): Promise<Message[]>;
  /** Those after `position`, oldest first. */
  listAfter(conversationId: string, position: number, limit: number): Promise<Message[]>;
  /** Ids and parents of all messages, oldest first. */
  listLinks(conversationId: string): Promise<Pick<Message, 'id' | 'parentId'>[]>;
  /** Ids of the children of each parent, oldest first; `null` stands for the messages that begin the conversation. */
  listChildren(conversationId: string, parentIds: readonly (string | null)[]): Promise<Map<string | null, string[]>>;
  /** In one round trip. Skips drafts whose message has ended, or has a higher fence or a newer draft. */
  saveDrafts(drafts: readonly Draft[]): Promise<void>;
  /** Raises the fence, so that nobody who held a lower one can write to it. */
  raiseFence(id: string, fence: number): Promise<void>;
  /** Writes the last state. False if the message has ended, is gone, or has a higher fence. */
  finish(draft: Draft, status: MessageStatus, usage: Usage): Promise<boolean>;
  deleteOfConversation(conversationId: string): Promise<void>;
}
