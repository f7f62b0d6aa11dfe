import { AppError } from '../../base/errors.js';
import type { Conversation, ConversationSummary } from '../conversations/conversation.js';
import { textOf, type Message } from '../conversations/message.js';
import { estimateTokens } from '../models/estimate-tokens.js';
import type { ModelMessage } from '../models/language-model.js';
import type { Model } from '../models/model.js';
import type { Tool } from '../tools/tool.js';
import type { AgentEvent } from './agent-event.js';
import type { Candidate } from './ask-model.js';
import { tokensOfMessage } from './estimate-usage.js';
import { toModelMessages } from './model-messages.js';
import { summarize } from './summarize.js';
import { systemPrompt } from './system-prompt.js';

/** Tokens that a model is taken to have room for where nobody said. */
const ASSUMED_CONTEXT_WINDOW = 32_768;

/** Tokens that are kept free for the answer where nobody said. */
const ASSUMED_OUTPUT_TOKENS = 4_096;

/** Messages that are told in full; beyond that the older ones are summarised even where they would fit. */
const MAX_TOLD_MESSAGES = 100;

/** Share of the room, and of {@link MAX_TOLD_MESSAGES}, that the newest messages keep when the others are summarised: so it is done once in many turns. */
const KEPT_SHARE = 0.5;

/** The newest messages, whose tools' outputs are told in full; of the older ones so many characters are. */
const FRESH_MESSAGES = 4;
const STALE_OUTPUT_CHARS = 1_000;

export type Turn = {
  readonly conversation: Conversation;
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly userMessage: Message;
  /** Told with the message, but not kept with it; empty for nothing. */
  readonly answerInstructions: string;
  /** What was said before, newest first; read only as far as needed. */
  readonly path: AsyncIterable<Message>;
};

/** A stored message with what the model would be told of it. */
type Told = { readonly message: Message; readonly messages: readonly ModelMessage[]; readonly tokens: number };

/**
 * What the model is told: the system message, a summary of what is long ago, the newest turns, and the new message. It fits into the model's window;
 * tools' outputs shrink first. When the turns do not fit any more, the older half is summarised by the model, once: what was summarised before is
 * extended, not told again. Stored messages stay as they are.
 *
 * A summary that fails is not the end of the turn: what does not fit is left out then. Throws the signal's reason once it aborts.
 */
export async function* tellHistory(
  turn: Turn,
  summarizer: Candidate,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, ModelMessage[]> {
  const { conversation, tools, userMessage } = turn;
  const first: ModelMessage = {
    role: 'system',
    text: systemPrompt({ tools, instructions: conversation.instructions }),
  };
  const last: ModelMessage = {
    role: 'user',
    text: [textOf(userMessage), turn.answerInstructions].filter(Boolean).join('\n\n'),
  };
  const room =
    roomFor(turn.model, conversation) - tokensOfMessage(first) - tokensOfMessage(last) - tokensOfTools(tools);
  const { recent, summary, isOverfull } = await gather(turn, room);
  if (!isOverfull) return [first, ...tellSummary(summary), ...tell(recent), last];

  const kept = newestWithin(recent, room * KEPT_SHARE, MAX_TOLD_MESSAGES * KEPT_SHARE);
  const newSummary = yield* extendSummary(recent.slice(kept.length), { summary, summarizer, room, signal });
  if (newSummary) return [first, ...tellSummary(newSummary), ...tell(kept), last];
  return [first, ...tellSummary(summary), ...tell(newestWithin(recent, room, MAX_TOLD_MESSAGES)), last];
}

/** The messages since the summary, newest first, as far as one summary can take them in. */
async function gather(
  { path, conversation }: Turn,
  room: number,
): Promise<{ recent: Told[]; summary: ConversationSummary | null; isOverfull: boolean }> {
  const recent: Told[] = [];
  let tokens = 0;
  let summary: ConversationSummary | null = null;
  for await (const message of path) {
    if (message.id === conversation.summary?.upToMessageId) {
      summary = conversation.summary;
      break;
    }
    const isFull = tokens > 2 * room || recent.length >= 2 * MAX_TOLD_MESSAGES;
    if (isFull && !conversation.summary) break;
    // What no summary can take in is passed over, on the way to the summary that is there.
    if (isFull) continue;
    const messages = toModelMessages(message, recent.length < FRESH_MESSAGES ? undefined : STALE_OUTPUT_CHARS);
    const told = { message, messages, tokens: tokensOf(messages) };
    tokens += told.tokens;
    recent.push(told);
  }
  const summaryTokens = tokensOf(tellSummary(summary));
  return { recent, summary, isOverfull: tokens + summaryTokens > room || recent.length > MAX_TOLD_MESSAGES };
}

async function* extendSummary(
  older: readonly Told[],
  how: { summary: ConversationSummary | null; summarizer: Candidate; room: number; signal: AbortSignal },
): AsyncGenerator<AgentEvent, ConversationSummary | null> {
  const upTo = older[0]?.message;
  if (!upTo) return null;
  try {
    const text = yield* summarize(how.summarizer, how.summary?.text ?? '', tell(older), how.signal);
    const summary = { text, upToMessageId: upTo.id };
    yield { type: 'history-summarized', summary };
    return summary;
  } catch (error) {
    if (how.signal.aborted || !(error instanceof AppError)) throw error;
    return null;
  }
}

/** @param recent Newest first. @returns Its beginning, as much as fits; a message is told whole or not at all. */
function newestWithin(recent: readonly Told[], tokens: number, count: number): readonly Told[] {
  let left = tokens;
  const end = recent.findIndex((told, place) => {
    left -= told.tokens;
    return left < 0 || place >= count;
  });
  return end === -1 ? recent : recent.slice(0, end);
}

/** Oldest first. An answer whose question is not told would make no sense, and some services refuse it. */
function tell(recent: readonly Told[]): readonly ModelMessage[] {
  const messages = recent.toReversed().flatMap((told) => told.messages);
  const start = messages.findIndex(({ role }) => role === 'user');
  return start === -1 ? [] : messages.slice(start);
}

/** As words of the user, not of the server: it is made of what was said. */
function tellSummary(summary: ConversationSummary | null): readonly ModelMessage[] {
  if (!summary) return [];
  return [
    { role: 'user', text: `A summary of our conversation so far:\n${summary.text}` },
    { role: 'assistant', text: 'I remember.', toolCalls: [] },
  ];
}

function roomFor({ contextWindow, maxOutputTokens }: Model, conversation: Conversation): number {
  const window = contextWindow ?? ASSUMED_CONTEXT_WINDOW;
  const output = conversation.maxOutputTokens ?? maxOutputTokens ?? ASSUMED_OUTPUT_TOKENS;
  return window - Math.min(output, Math.floor(window / 2));
}

const tokensOf = (messages: readonly ModelMessage[]): number =>
  messages.reduce((sum, message) => sum + tokensOfMessage(message), 0);

function tokensOfTools(tools: readonly Tool[]): number {
  return tools.reduce(
    (sum, { name, description, parameters }) => sum + estimateTokens(name + description + JSON.stringify(parameters)),
    0,
  );
}
