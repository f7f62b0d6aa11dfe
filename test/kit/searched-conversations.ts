import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { MorphemeAnalyzer } from '../../src/domain/archive/analysis/morpheme-analyzer.js';
import { IndexMemory } from '../../src/domain/archive/index-memory.js';
import { ConversationIndexes } from '../../src/domain/conversations/search/conversation-indexes.js';
import {
  searchConversations,
  type ConversationHit,
} from '../../src/domain/conversations/search/search-conversations.js';
import type { Viewer } from '../../src/domain/users/user.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoConversationStore } from '../../src/infra/mongo/mongo-conversation-store.js';
import { MongoMessageStore } from '../../src/infra/mongo/mongo-message-store.js';
import { MongoMessageTokenStore } from '../../src/infra/mongo/mongo-message-token-store.js';
import { openDocuments, type Documents } from './documents.js';

/** What one process does to search conversations. */
export type SearchingProcess = {
  /** What it asked of its stores, and what it analysed, in order. */
  readonly asked: string[];
  /** Of its indexes. */
  readonly memory: IndexMemory;
  readonly indexes: ConversationIndexes;
  search(
    viewer: Viewer,
    text: string,
    page?: { readonly limit?: number; readonly after?: string | null },
  ): Promise<ConversationHit[]>;
};

export type SearchedConversations = {
  readonly documents: Documents;
  readonly conversations: MongoConversationStore;
  readonly messages: MongoMessageStore;
  readonly messageTokens: MongoMessageTokenStore;
  /**
   * A process on the same database.
   *
   * @param options.mayAnalyze Nothing is analysed before, but the word "정렬".
   */
  start(options?: { maxIndexBytes?: number; maxWaitMs?: number; mayAnalyze?: Promise<void> }): SearchingProcess;
  close(): Promise<void>;
};

/** Conversations in the real stores, searched by the real analyzer. */
export async function openSearchedConversations(): Promise<SearchedConversations> {
  const documents = await openDocuments();
  const { connection } = documents;
  const morphemes = new GaruAnalyzer();
  const stores = {
    conversations: new MongoConversationStore(connection),
    messages: new MongoMessageStore(connection),
    messageTokens: new MongoMessageTokenStore(connection),
  };
  await createIndexes(connection);
  return {
    documents,
    ...stores,
    start({ maxIndexBytes = 100_000_000, maxWaitMs = 15_000, mayAnalyze = Promise.resolve() } = {}) {
      const asked: string[] = [];
      const listening: MorphemeAnalyzer = {
        version: morphemes.version,
        async morphemesOf(line) {
          asked.push(`analyze ${line}`);
          if (line !== '정렬') await mayAnalyze;
          return morphemes.morphemesOf(line);
        },
      };
      const needs = {
        conversations: stores.conversations,
        messages: noting(asked, stores.messages, ['listAfter', 'findMany']),
        messageTokens: noting(asked, stores.messageTokens, ['listHeads', 'listKept', 'keep']),
        morphemes: listening,
        log: silentLog,
      };
      const memory = new IndexMemory(maxIndexBytes);
      const conversationIndexes = new ConversationIndexes(needs, memory, { maxWaitMs });
      return {
        asked,
        memory,
        indexes: conversationIndexes,
        search: (viewer, text, { limit = 50, after = null } = {}) =>
          searchConversations({ needs, conversationIndexes }, viewer, { text, filter: ANY }, limit, after),
      };
    },
    async close() {
      await morphemes.close();
      await documents.close();
    },
  };
}

const ANY = { kind: null, visibility: null };

/** Somebody with no conversations. */
export const newViewer = (): Viewer => ({ id: newId('usr'), role: 'DEVELOPER', sessionId: 'ses' });

/** Of each hit: the conversation, the place of the message in it, and what is shown of that. */
export const shown = (hits: readonly ConversationHit[]) =>
  hits.map(({ conversation, matchedMessage, snippet }) => [conversation.id, matchedMessage?.position, snippet]);

/** The same store, writing down which of these functions is called. */
const noting = <Store extends object>(asked: string[], store: Store, names: readonly (keyof Store & string)[]): Store =>
  new Proxy(store, {
    get(target, name) {
      if (names.includes(name as never)) asked.push(name as string);
      return (Reflect.get(target, name) as Function).bind(target);
    },
  });
