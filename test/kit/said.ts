import { newId } from '../../src/base/ids.js';
import { DEFAULT_TITLE, type Conversation } from '../../src/domain/conversations/conversation.js';
import type { Message } from '../../src/domain/conversations/message.js';
import type { Needs } from '../../src/domain/needs.js';

type Chats = Pick<Needs, 'conversations' | 'messages'>;

const at = new Date('2026-03-01T00:00:00Z');

/** A conversation of that owner in which nothing was said yet. */
export async function startConversation({ conversations }: Chats, ownerId: string): Promise<Conversation> {
  const conversation: Conversation = {
    id: newId('conv'),
    kind: 'PERSONAL',
    ownerId,
    visibility: 'PRIVATE',
    title: DEFAULT_TITLE,
    titleSource: 'DEFAULT',
    modelId: newId('mod'),
    providerName: 'demo',
    modelName: 'demo',
    fallbackModelIds: [],
    agentMode: null,
    temperature: null,
    maxOutputTokens: null,
    instructions: '',
    summary: null,
    activeLeafId: null,
    nextPosition: 1,
    createdAt: at,
    updatedAt: at,
    lastMessageAt: null,
  };
  await conversations.insert(conversation);
  return conversation;
}

/** What is said next in a conversation: a person and the agent by turns, each text from `from` on, in the order of its ids. */
export async function say(
  { conversations, messages }: Chats,
  conversationId: string,
  from: number,
  ...texts: readonly (string | Partial<Message>)[]
): Promise<Message[]> {
  const said = texts.map((text, n): Message => ({
    id: nextMessageId(),
    conversationId,
    parentId: null,
    position: from + n,
    role: (from + n) % 2 === 1 ? 'USER' : 'ASSISTANT',
    parts: typeof text === 'string' ? [{ type: 'text', text }] : [],
    status: 'COMPLETE',
    runId: null,
    usage: null,
    createdAt: at,
    ...(typeof text === 'string' ? {} : text),
  }));
  await messages.insertMissing(said, 1);
  const turn = { nextPosition: from + said.length, activeLeafId: said.at(-1)!.id, at: new Date() };
  await conversations.advance(conversationId, turn);
  return said;
}

let lastId = '';

/** Ids of one millisecond have no order; what is said is said one after another. */
function nextMessageId(): string {
  for (;;) {
    const id = newId('msg');
    if (id <= lastId) continue;
    lastId = id;
    return id;
  }
}
