import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../base/errors.js';
import { analyzeEntry } from '../../archive/analysis/analyze-entry.js';
import { analyzerVersion } from '../../archive/analysis/text-terms.js';
import { ArchiveIndex } from '../../archive/archive-index.js';
import { HeldIndexes } from '../../archive/held-indexes.js';
import type { IndexMemory } from '../../archive/index-memory.js';
import type { IndexedEntry } from '../../archive/index/build-segment.js';
import type { Needs } from '../../needs.js';
import { textOf, type Message } from '../message.js';
import type { ConversationHead, MessageTokens } from './message-token-store.js';
import { entryIdOf } from './searched-message.js';

/** Messages whose tokens are read at a time, some ten milliseconds of work, and messages that are analysed at a time. */
const TOKENS_A_READ = 100;
const MESSAGES_A_READ = 64;

/** Bytes that an index takes beside its arrays, about: for itself, for each conversation and for each message. */
const BYTES_AROUND_INDEX = 2_048;
const BYTES_A_CONVERSATION = 200;
const BYTES_A_MESSAGE = 100;

/** Milliseconds that a search waits for messages that were never searched; they are analysed to the end all the same, and the next search finds them done. */
const MAX_WAIT_MS = 15_000;

/** How far the index knows a conversation. */
type Known = {
  /** All messages up to this position have ended and are in the index. */
  settledTo: number;
  readonly entryIds: string[];
};

type Held = { readonly index: ArchiveIndex; readonly known: Map<string, Known> };

/** An index of messages, and the conversations that it is of, as both were at the same time. */
export type OpenedIndex = { readonly index: ArchiveIndex; readonly heads: readonly ConversationHead[] };

type Indexing = Pick<Needs, 'messages' | 'messageTokens' | 'morphemes' | 'log'>;

/**
 * Indexes of what was said in the conversations of those who searched last, each by its owner.
 *
 * A message is analysed by the first search after it has ended, and never while it is written; its tokens are kept for the next process. Positions only grow,
 * so that a conversation's next position and the messages that had not ended tell all that is new.
 */
export class ConversationIndexes {
  readonly #held: HeldIndexes<Held>;
  readonly #needs: Indexing;
  readonly #version: string;
  readonly #maxWaitMs: number;

  constructor(needs: Indexing, memory: IndexMemory, { maxWaitMs = MAX_WAIT_MS }: { maxWaitMs?: number } = {}) {
    this.#needs = needs;
    this.#held = new HeldIndexes(memory, 'conversations', () => ({ index: new ArchiveIndex(), known: new Map() }));
    this.#maxWaitMs = maxWaitMs;
    this.#version = analyzerVersion(needs.morphemes);
  }

  /**
   * The index of what is said in a user's own conversations, as it is now. Where nothing has changed it costs one read of what the conversations' heads say.
   *
   * @throws {AppError} SERVICE_UNAVAILABLE where so much is new that it takes longer than 15 s; it goes on all the same.
   */
  async open(ownerId: string): Promise<OpenedIndex> {
    const held = this.#held.use(ownerId);
    // Heads that were read earlier must not undo what later ones told: each reads them in its turn.
    const heads = await this.#inTurn(ownerId, () => this.#bringUp(ownerId, held));
    return { index: held.index, heads };
  }

  /**
   * Takes out messages that were found to be gone.
   *
   * @throws {AppError} SERVICE_UNAVAILABLE as {@link open}.
   */
  async forget(ownerId: string, gone: readonly { entryId: string; messageId: string }[]): Promise<void> {
    const { index } = this.#held.use(ownerId);
    await this.#inTurn(ownerId, async () => {
      for (const { entryId } of gone) index.remove(entryId);
      await this.#needs.messageTokens.delete(gone.map(({ messageId }) => messageId));
    });
  }

  #inTurn<T>(ownerId: string, work: () => Promise<T>): Promise<T> {
    return withinWait(this.#held.inTurn(ownerId, work), this.#maxWaitMs);
  }

  async #bringUp(ownerId: string, held: Held): Promise<readonly ConversationHead[]> {
    const heads = await this.#needs.messageTokens.listHeads(ownerId);
    const living = new Set(heads.map(({ id }) => id));
    for (const id of held.known.keys()) if (!living.has(id)) forgetConversation(held, id);
    const behind = heads.filter((head) => !isUpToDate(held, head));
    try {
      await this.#loadKept(held, behind);
      for (const head of behind) if (!isUpToDate(held, head)) await this.#readOn(held, head);
    } finally {
      this.#weigh(ownerId, held);
    }
    this.#tidyLater(ownerId, held);
    return heads;
  }

  /**
   * What was kept of conversations that this index does not know yet; of each up to the first message that another version of the analyzer has analysed: from there on it
   * is done again.
   */
  async #loadKept(held: Held, heads: readonly ConversationHead[]): Promise<void> {
    for (const ids of readTogether(heads.filter(({ id }) => !held.known.has(id)))) {
      const stale = new Set<string>();
      for (const id of ids) held.known.set(id, { settledTo: 0, entryIds: [] });
      for (let position = 0, isMore = true; isMore;) {
        const rows = await this.#needs.messageTokens.listKept(ids, position, TOKENS_A_READ);
        const fresh = rows.filter(({ conversationId, tokens }) => {
          if (tokens.version !== this.#version) stale.add(conversationId);
          return !stale.has(conversationId);
        });
        await add(held, fresh);
        await setImmediate();
        position = rows.at(-1)?.position ?? position;
        isMore = ids.length === 1 && rows.length === TOKENS_A_READ;
      }
    }
  }

  /** Analyses what was said since, up to the first message that has not ended. */
  async #readOn(held: Held, { id, nextPosition }: ConversationHead): Promise<void> {
    const { messages, messageTokens } = this.#needs;
    if (nextPosition <= (held.known.get(id)?.settledTo ?? 0)) {
      // It was emptied, and its positions are given out anew.
      forgetConversation(held, id);
      await messageTokens.deleteOfConversation(id);
      held.known.set(id, { settledTo: 0, entryIds: [] });
    }
    for (;;) {
      const page = await messages.listAfter(id, held.known.get(id)?.settledTo ?? 0, MESSAGES_A_READ);
      const unfinished = page.findIndex(({ status }) => status === 'STREAMING');
      const ended = unfinished < 0 ? page : page.slice(0, unfinished);
      const rows: MessageTokens[] = [];
      for (const message of ended) rows.push(await this.#analyze(message));
      if (rows.length > 0) await messageTokens.keep(rows);
      await add(held, rows);
      if (ended.length < MESSAGES_A_READ) return;
    }
  }

  /** Streams get their turn after each. */
  async #analyze(message: Message): Promise<MessageTokens> {
    const { id: messageId, conversationId, position } = message;
    const content = textOf(message);
    const tokens = await analyzeEntry(this.#needs.morphemes, { title: '', summary: '', content, tags: [] });
    await setImmediate();
    return { messageId, conversationId, position, tokens: content === '' ? { ...tokens, pieces: [] } : tokens };
  }

  #weigh(ownerId: string, held: Held): void {
    const { entryCount, byteLength } = held.index;
    const around = BYTES_AROUND_INDEX + held.known.size * BYTES_A_CONVERSATION + entryCount * BYTES_A_MESSAGE;
    this.#held.weigh(ownerId, held, byteLength + around);
  }

  #tidyLater(ownerId: string, held: Held): void {
    if (!held.index.isUntidy) return;
    held.index
      .tidy()
      .then(() => this.#weigh(ownerId, held))
      .catch((error: unknown) => this.#needs.log.error({ ownerId, error }, 'an index of messages could not be merged'));
  }
}

/** Ids of conversations that have no more messages together than are read at a time; one that has more of its own stands alone. */
function readTogether(heads: readonly ConversationHead[]): string[][] {
  const groups: string[][] = [];
  let messages = Infinity;
  for (const { id, nextPosition } of heads) {
    messages += nextPosition - 1;
    if (messages > TOKENS_A_READ) {
      groups.push([]);
      messages = nextPosition - 1;
    }
    groups.at(-1)?.push(id);
  }
  return groups;
}

function isUpToDate({ known }: Held, { id, nextPosition }: ConversationHead): boolean {
  return known.get(id)?.settledTo === nextPosition - 1;
}

/** Of conversations that are known. A message without text is known, but cannot be found. */
async function add({ index, known }: Held, rows: readonly MessageTokens[]): Promise<void> {
  const entries: IndexedEntry[] = [];
  for (const row of rows) {
    const conversation = known.get(row.conversationId);
    if (!conversation) continue;
    conversation.settledTo = row.position;
    if (row.tokens.pieces.length === 0) continue;
    const id = entryIdOf(row);
    conversation.entryIds.push(id);
    entries.push({ id, category: '', tags: [], tokens: row.tokens });
  }
  await index.add(entries);
}

function forgetConversation({ index, known }: Held, id: string): void {
  for (const entryId of known.get(id)?.entryIds ?? []) index.remove(entryId);
  known.delete(id);
}

async function withinWait<T>(work: Promise<T>, maxWaitMs: number): Promise<T> {
  const done = new AbortController();
  const tooLong = sleep(maxWaitMs, undefined, { signal: done.signal }).then(() => {
    throw new AppError('SERVICE_UNAVAILABLE', 'What was said is still being made searchable.', {
      isRetryable: true,
      retryAfterMs: maxWaitMs,
    });
  });
  // Aborted once the work is done, when nobody listens to it any more.
  tooLong.catch(() => undefined);
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    done.abort();
  }
}
