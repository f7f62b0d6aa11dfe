import type { Conversation } from './conversation.js';

export type ConversationChanges = Partial<
  Pick<
    Conversation,
    | 'title'
    | 'titleSource'
    | 'visibility'
    | 'modelId'
    | 'providerName'
    | 'modelName'
    | 'fallbackModelIds'
    | 'agentMode'
    | 'summary'
    | 'temperature'
    | 'maxOutputTokens'
    | 'instructions'
    | 'updatedAt'
  >
>;

/** A place in a list that is ordered by last use, newest first: the item that it names comes before it. */
export type ConversationCursor = { readonly updatedAt: Date; readonly id: string };

/**
 * One whose deletion has begun is there for {@link ConversationStore.beginDeletion} and {@link ConversationStore.listDeletions} only.
 *
 * Every implementation passes `test/contract/conversation-store.ts`.
 */
export interface ConversationStore {
  insert(conversation: Conversation): Promise<void>;
  find(id: string): Promise<Conversation | null>;
  /** Those that exist, in any order. */
  findMany(ids: readonly string[]): Promise<Conversation[]>;
  /** Last changed first. @param after The place after which to begin; null for the start. */
  listOwned(ownerId: string, limit: number, after: ConversationCursor | null): Promise<Conversation[]>;
  /** Does nothing if there is no such conversation. */
  update(id: string, changes: ConversationChanges): Promise<void>;
  /**
   * Moves on past a turn. A turn that is older than what is there changes nothing; doing it twice is doing it once.
   *
   * @returns False if there is no such conversation (any more).
   */
  advance(id: string, turn: { nextPosition: number; activeLeafId: string; at: Date }): Promise<boolean>;
  /** False if this owner has no such conversation; one whose deletion has begun counts until it is deleted. */
  beginDeletion(id: string, ownerId: string, at: Date): Promise<boolean>;
  /** Ids of those whose deletion began before `before`, and has not come to its end, in any order, without those of `except`. */
  listDeletions(before: Date, limit: number, except: readonly string[]): Promise<string[]>;
  delete(id: string): Promise<void>;
}
