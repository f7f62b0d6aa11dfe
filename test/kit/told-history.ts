import type { AgentEvent } from '../../src/domain/agent/agent-event.js';
import { tokensOfMessage } from '../../src/domain/agent/estimate-usage.js';
import { tellHistory } from '../../src/domain/agent/history.js';
import type { Conversation, ConversationSummary } from '../../src/domain/conversations/conversation.js';
import type { Message } from '../../src/domain/conversations/message.js';
import { pathBack } from '../../src/domain/conversations/path.js';
import { estimateAll } from '../../src/domain/models/count-tokens.js';
import type { ModelMessage } from '../../src/domain/models/language-model.js';
import type { Model } from '../../src/domain/models/model.js';
import type { Needs } from '../../src/domain/needs.js';
import { say, ScriptedModel } from './scripted-model.js';

const model = { contextWindow: 4_096, maxOutputTokens: 1_000 } as Model;
const conversation = { id: 'conv_a', instructions: '', maxOutputTokens: null } as Conversation;

/** The message at a place of the one conversation that there is; it follows the one before it. */
export const messageAt = (
  position: number,
  role: Message['role'],
  text: string,
  changes: Partial<Message> = {},
): Message => ({
  id: `m${position}`,
  conversationId: 'conv_a',
  parentId: position === 1 ? null : `m${position - 1}`,
  position,
  role,
  parts: [{ type: 'text', text }],
  status: 'COMPLETE',
  runId: null,
  usage: null,
  createdAt: new Date(0),
  ...changes,
});

/** Reads as the stores do, and remembers how much. */
function storeOf(messages: readonly Message[]) {
  const reads: number[] = [];
  const store = {
    async listBefore(_conversationId: string, position: number, limit: number) {
      reads.push(position);
      return messages
        .filter((each) => each.position < position)
        .toSorted((a, b) => b.position - a.position)
        .slice(0, limit);
    },
  };
  return { needs: { messages: store } as unknown as Pick<Needs, 'messages'>, reads };
}

/**
 * What a model with room for 4,096 tokens, 1,000 of them for its answer, is told of a conversation when a user says something new.
 *
 * Also how often messages were read, and what the model was asked that sums up.
 */
export async function prepareTurn(
  stored: readonly Message[],
  userMessage: Message,
  {
    summarizer = new ScriptedModel([say('They talked.')]),
    summary = null as ConversationSummary | null,
    window = 4_096,
    countTokens = estimateAll,
  } = {},
) {
  const { needs, reads } = storeOf(stored);
  const path = pathBack(needs, 'conv_a', userMessage.parentId, userMessage.position);
  const turn = {
    conversation: { ...conversation, summary },
    model: { ...model, contextWindow: window },
    tools: [],
    userMessage,
    answerInstructions: '',
    path,
  };
  const names = { modelId: 'm', modelName: 'm' };
  const options = { temperature: null, maxOutputTokens: null, inputRoom: window - 1_000, countTokens };
  const candidate = { ...names, model: summarizer, ...options };
  const telling = tellHistory(turn, candidate, new AbortController().signal);
  const events: AgentEvent[] = [];
  for (;;) {
    const { value, done } = await telling.next();
    if (done) return { told: value, events, reads, asked: summarizer.requests };
    events.push(value);
  }
}

/** So many messages, of users and of the model by turns. Each says its number and then so many words. */
export const talk = (count: number, words = 40) =>
  Array.from({ length: count }, (_, i) =>
    messageAt(i + 1, i % 2 === 0 ? 'USER' : 'ASSISTANT', `${i + 1} ${'word '.repeat(words)}`),
  );

export const tokensOf = (told: readonly ModelMessage[]) => told.reduce((sum, each) => sum + tokensOfMessage(each), 0);
