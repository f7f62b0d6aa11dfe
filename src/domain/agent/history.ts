import { AppError } from '../../base/errors.js';
import type { Conversation, ConversationSummary } from '../conversations/conversation.js';
import { textOf, type Message } from '../conversations/message.js';
import { estimateAll, type CountTokens } from '../models/count-tokens.js';
import type { ModelMessage } from '../models/language-model.js';
import type { Model } from '../models/model.js';
import { inputRoom, windowOf } from '../models/output-room.js';
import { takingTurns } from '../models/taking-turns.js';
import type { Tool } from '../tools/tool.js';
import type { AgentEvent } from './agent-event.js';
import type { Candidate } from './attempt.js';
import { countInput, countMessages, estimateInput, tokensOfMessage } from './estimate-usage.js';
import { SURE_SHARE } from './fit-window.js';
import { toModelMessages } from './model-messages.js';
import { summarize, type Summarizing } from './summarize.js';
import { systemPrompt } from './system-prompt.js';

/** Messages that are told in full; beyond that the older ones are summarised even where they would fit. */
const MAX_TOLD_MESSAGES = 100;

/** Share of the room, and of {@link MAX_TOLD_MESSAGES}, that the newest messages keep when the others are summarised: so it is done once in many turns. */
const KEPT_SHARE = 0.5;

/** Share of the room beyond which a summary is told only the beginning of a message: a long one does not keep those before it out. */
const LONG_SHARE = 0.25;

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
  const { recent, summary, room, isOverfull } = await measure(turn, [first, last], summarizer.countTokens);
  const all = (before: ConversationSummary | null, told: readonly Told[]) =>
    takingTurns([first, ...tellSummary(before), ...tell(told), last]);
  if (!isOverfull) return all(summary, recent);

  const kept = fromQuestion(newestWithin(recent, room * KEPT_SHARE, MAX_TOLD_MESSAGES * KEPT_SHARE));
  const window = windowOf(turn.model);
  const newSummary = yield* extendSummary(recent.slice(kept.length), { summary, summarizer, window, signal });
  if (newSummary) return all(newSummary, kept);
  return all(summary, newestWithin(recent, room, MAX_TOLD_MESSAGES));
}

type Measured = {
  /** Newest first. */
  readonly recent: readonly Told[];
  readonly summary: ConversationSummary | null;
  /** Tokens that they may take. */
  readonly room: number;
  readonly isOverfull: boolean;
};

/**
 * What was said, and how much room there is for it beside what is told in any case. An estimate is enough where it is far from the limit; else the tokens are
 * counted.
 */
async function measure(
  turn: Turn,
  always: readonly ModelMessage[],
  countTokens: CountTokens = estimateAll,
): Promise<Measured> {
  const inAnyCase = { messages: always, tools: turn.tools };
  const window = inputRoom(turn.model, turn.conversation.maxOutputTokens ?? turn.model.maxOutputTokens);
  const estimated = window - estimateInput(inAnyCase);
  const { recent, summary, isCut } = await gather(turn, estimated);
  const isSure = window - estimated + tokensOfAll(recent) <= SURE_SHARE * window;
  const room = isSure ? estimated : window - (await countInput(inAnyCase, countTokens));
  const counted = isSure ? recent : await countTold(recent, countTokens);
  const tokens = tokensOfAll(counted) + tokensOf(tellSummary(summary));
  const isOverfull = isCut || tokens > room || recent.length > MAX_TOLD_MESSAGES;
  return { recent: counted, summary, room, isOverfull };
}

/** The messages since the summary, newest first, as far as one summary can take them in, with estimates of their tokens. */
async function gather(
  { path, conversation }: Turn,
  room: number,
): Promise<Pick<Measured, 'recent' | 'summary'> & { isCut: boolean }> {
  const recent: Told[] = [];
  let tokens = 0;
  let isCut = false;
  for await (const message of path) {
    if (message.id === conversation.summary?.upToMessageId) return { recent, summary: conversation.summary, isCut };
    isCut = tokens > 2 * room || recent.length >= 2 * MAX_TOLD_MESSAGES;
    if (isCut && !conversation.summary) break;
    // What no summary can take in is passed over, on the way to the summary that is there.
    if (isCut) continue;
    const messages = toModelMessages(message, recent.length < FRESH_MESSAGES ? undefined : STALE_OUTPUT_CHARS);
    const told = { message, messages, tokens: tokensOf(messages) };
    tokens += Math.min(told.tokens, room * LONG_SHARE);
    recent.push(told);
  }
  return { recent, summary: null, isCut };
}

async function countTold(recent: readonly Told[], countTokens: CountTokens): Promise<Told[]> {
  const counts = await countMessages(
    recent.flatMap(({ messages }) => messages),
    countTokens,
  );
  return recent.map((told) => ({ ...told, tokens: sum(counts.splice(0, told.messages.length)) }));
}

async function* extendSummary(
  older: readonly Told[],
  { summary: before, ...how }: { summary: ConversationSummary | null } & Summarizing,
): AsyncGenerator<AgentEvent, ConversationSummary | null> {
  const upTo = older[0]?.message;
  if (!upTo) return null;
  try {
    const said = older.toReversed().flatMap(({ messages }) => messages);
    const text = yield* summarize(before?.text ?? '', said, how);
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

/** @param recent Newest first. @returns Its beginning, up to a question: what is not told belongs to the summary. */
function fromQuestion(recent: readonly Told[]): readonly Told[] {
  return recent.slice(0, recent.findLastIndex(({ message }) => message.role === 'USER') + 1);
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
    { role: 'user', text: `A summary of our conversation so far:\n${summary.text}`, isSummary: true },
    { role: 'assistant', text: 'I remember.', toolCalls: [] },
  ];
}

const tokensOf = (messages: readonly ModelMessage[]): number => sum(messages.map(tokensOfMessage));

const tokensOfAll = (told: readonly Told[]): number => sum(told.map(({ tokens }) => tokens));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
