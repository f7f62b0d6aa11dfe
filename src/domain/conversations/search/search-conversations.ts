import { analyzeQuery } from '../../archive/analysis/analyze-query.js';
import { hitSnippet } from '../../archive/hit-snippet.js';
import { MIN_SCORE, type SearchHit } from '../../archive/ranking/rank.js';
import { checkSearchText } from '../../archive/search-archive.js';
import type { Needs } from '../../needs.js';
import type { Viewer } from '../../users/user.js';
import type { Conversation } from '../conversation.js';
import type { ConversationCursor } from '../conversation-store.js';
import { canRead } from '../conversations.js';
import { textOf, type Message } from '../message.js';
import type { ConversationIndexes, OpenedIndex } from './conversation-indexes.js';
import { searchedMessageOf, type SearchedMessage } from './searched-message.js';

/** Which conversations to look for; null is any. */
export type ConversationFilter = {
  readonly kind: Conversation['kind'] | null;
  readonly visibility: Conversation['visibility'] | null;
};

export type ConversationHit = {
  readonly conversation: Conversation;
  /** Its latest message that matches; without a text its last message, null while there is none. */
  readonly matchedMessage: Message | null;
  /** The passage that matches, with the match between « and »; null without a text. */
  readonly snippet: string | null;
};

export type SearchingConversations = {
  readonly needs: Pick<Needs, 'conversations' | 'messages' | 'morphemes'>;
  readonly conversationIndexes: ConversationIndexes;
};

/** A match says at least this much of what the best one says: what has one word of four is none beside what has all. */
const LEAST_OF_BEST = 0.5;

/** The best matches that are looked at; more do not matter to a person. */
const MAX_MATCHES = 2_000;

/** How often a search is made again because it found messages that are gone. */
const MAX_TRIES = 5;

/**
 * The viewer's own conversations in which something fits `text`, the one with the latest such message first. Messages of people and of agents are searched once they
 * have ended, those beside the path that is shown too; what tools answered is not.
 *
 * @param after Id of the matched message of the hit before; null for the start.
 * @throws {InvalidInputError} for a text that is too long. @throws {AppError} as {@link ConversationIndexes.open}.
 */
export async function searchConversations(
  { needs, conversationIndexes }: SearchingConversations,
  viewer: Viewer,
  { text, filter }: { readonly text: string; readonly filter: ConversationFilter },
  limit: number,
  after: string | null,
): Promise<ConversationHit[]> {
  checkSearchText('text', text);
  const query = await analyzeQuery(needs.morphemes, text);
  for (let attempt = 1; ; attempt++) {
    const opened = await conversationIndexes.open(viewer.id);
    const hits = opened.index.search(query, { limit: MAX_MATCHES });
    const page = latestOfEach(hits, opened, filter)
      .filter(({ messageId }) => after === null || messageId < after)
      .slice(0, limit);
    const { found, gone } = await readHits(needs, viewer, text, page);
    if (gone.length === 0 || attempt === MAX_TRIES) return found;
    await conversationIndexes.forget(viewer.id, gone);
  }
}

/**
 * The viewer's own conversations, last changed first, each with its last message.
 *
 * @param after The place after which to begin; null for the start.
 */
export async function listWithLastMessage(
  { conversations, messages }: Pick<Needs, 'conversations' | 'messages'>,
  viewer: Viewer,
  filter: ConversationFilter,
  limit: number,
  after: ConversationCursor | null,
): Promise<ConversationHit[]> {
  const listed: Conversation[] = [];
  for (let place = after; ;) {
    const page = await conversations.listOwned(viewer.id, limit, place);
    listed.push(...page.filter((conversation) => fits(filter, conversation)));
    place = page.at(-1) ?? null;
    if (place === null || page.length < limit || listed.length >= limit) break;
  }
  const leaves = listed.flatMap(({ activeLeafId }) => activeLeafId ?? []);
  const last = new Map((await messages.findMany(leaves)).map((message) => [message.id, message]));
  return listed.slice(0, limit).map((conversation) => ({
    conversation,
    matchedMessage: last.get(conversation.activeLeafId ?? '') ?? null,
    snippet: null,
  }));
}

function fits(filter: ConversationFilter, { kind, visibility }: Pick<Conversation, 'kind' | 'visibility'>): boolean {
  return (filter.kind ?? kind) === kind && (filter.visibility ?? visibility) === visibility;
}

type Match = SearchedMessage & { readonly hit: SearchHit };

/** Of each conversation the latest message that matches; the latest of all first. */
function latestOfEach(hits: readonly SearchHit[], { heads }: OpenedIndex, filter: ConversationFilter): Match[] {
  const wanted = new Set(heads.filter((head) => fits(filter, head)).map(({ id }) => id));
  const least = Math.max(MIN_SCORE, LEAST_OF_BEST * (hits[0]?.score ?? 0));
  const latest = new Map<string, Match>();
  for (const hit of hits) {
    const message = searchedMessageOf(hit.entryId);
    if (hit.score < least || !wanted.has(message.conversationId)) continue;
    const other = latest.get(message.conversationId);
    if (!other || other.position < message.position) latest.set(message.conversationId, { ...message, hit });
  }
  // Ids are ordered by the time when they were made.
  return [...latest.values()].toSorted((a, b) => (a.messageId < b.messageId ? 1 : -1));
}

type Gone = { readonly entryId: string; readonly messageId: string };

/** Reads what was found. An index is never the truth: what was deleted meanwhile is `gone`. */
async function readHits(
  { conversations, messages }: Pick<Needs, 'conversations' | 'messages'>,
  viewer: Viewer,
  text: string,
  matches: readonly Match[],
): Promise<{ found: ConversationHit[]; gone: Gone[] }> {
  if (matches.length === 0) return { found: [], gone: [] };
  const [conversationList, messageList] = await Promise.all([
    conversations.findMany(matches.map(({ conversationId }) => conversationId)),
    messages.findMany(matches.map(({ messageId }) => messageId)),
  ]);
  const conversationOf = new Map(conversationList.map((conversation) => [conversation.id, conversation]));
  const messageOf = new Map(messageList.map((message) => [message.id, message]));
  const found: ConversationHit[] = [];
  const gone: Gone[] = [];
  for (const { conversationId, messageId, hit } of matches) {
    const conversation = conversationOf.get(conversationId);
    const matchedMessage = messageOf.get(messageId);
    const content = matchedMessage && matchedMessage.status !== 'DELETED' ? textOf(matchedMessage) : '';
    if (!conversation || !matchedMessage || !canRead(viewer, conversation) || content === '') {
      gone.push({ entryId: hit.entryId, messageId });
    } else {
      const snippet = hitSnippet({ content, summary: '', title: '' }, text, hit);
      found.push({ conversation, matchedMessage, snippet });
    }
  }
  return { found, gone };
}
