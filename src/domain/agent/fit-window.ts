import { estimateAll, type CountTokens } from '../models/count-tokens.js';
import type { ModelMessage, ToolSpec } from '../models/language-model.js';
import { countInput, countMessages, estimateInput } from './estimate-usage.js';

/** Share of the room up to which what was estimated fits for sure; beyond it the tokens are counted. */
export const SURE_SHARE = 0.6;

/** Characters of a tool's output that are told in any case. */
const LEAST_OUTPUT_CHARS = 1_000;

/** Tokens that a cut is taken to cost: of its mark, and of words that are cut in two. */
const CUT_TOKENS = 8;

type Counted = { message: ModelMessage; tokens: number };

/**
 * The messages as they fit into `room` tokens, the tools beside them: what tools returned is shortened first, oldest first, then the oldest turns are left out.
 * The system message and a summary stay in any case, and so does the newest message of the user with all that followed it: if that alone does not fit, it is for the
 * service to refuse it.
 */
export async function fitWindow(
  messages: readonly ModelMessage[],
  tools: readonly ToolSpec[],
  room: number,
  countTokens: CountTokens = estimateAll,
): Promise<readonly ModelMessage[]> {
  if (estimateInput({ messages, tools }) <= SURE_SHARE * room) return messages;
  const counts = await countMessages(messages, countTokens);
  const counted = messages.map((message, at): Counted => ({ message, tokens: counts[at] ?? 0 }));
  const over = sum(counted) + (await countInput({ messages: [], tools }, countTokens)) - room;
  if (over <= 0) return messages;
  return withoutOldest(...shortened(counted, over)).map(({ message }) => message);
}

/**
 * The messages made to take about `share` of what they take now; null where they cannot be made shorter.
 *
 * @param share From 0 to 1.
 */
export async function shrink(
  messages: readonly ModelMessage[],
  tools: readonly ToolSpec[],
  share: number,
  countTokens: CountTokens = estimateAll,
): Promise<readonly ModelMessage[] | null> {
  const room = share * (await countInput({ messages, tools }, countTokens));
  const shorter = await fitWindow(messages, tools, room, countTokens);
  const isShorter = shorter.length < messages.length || shorter.some((message, at) => message !== messages[at]);
  return isShorter ? shorter : null;
}

/** Outputs lose what is too much in proportion to what they take: no more than that, and never all. Returns what is still too much. */
function shortened(counted: readonly Counted[], over: number): [readonly Counted[], number] {
  let left = over;
  const shorter = counted.map(({ message, tokens }): Counted => {
    if (left <= 0 || message.role !== 'tool') return { message, tokens };
    const share = Math.max(1 - (left + CUT_TOKENS) / tokens, LEAST_OUTPUT_CHARS / message.text.length);
    const text = `${message.text.slice(0, Math.floor(message.text.length * share)).toWellFormed()} …`;
    const saved = Math.floor(tokens * (1 - share)) - CUT_TOKENS;
    if (saved <= 0) return { message, tokens };
    left -= saved;
    return { message: { ...message, text }, tokens: tokens - saved };
  });
  return [shorter, left];
}

/** Whole turns: an answer whose question is not told would make no sense, and some services refuse it. */
function withoutOldest(counted: readonly Counted[], over: number): readonly Counted[] {
  const first = counted.findIndex((each) => isUser(each) && !isSummary(each));
  const newest = counted.findLastIndex(isUser);
  let left = over;
  let start = first;
  while (left > 0 && start < newest) {
    const next = counted.findIndex((each, at) => at > start && isUser(each));
    left -= sum(counted.slice(start, next));
    start = next;
  }
  return [...counted.slice(0, first), ...counted.slice(start)];
}

const isUser = ({ message }: Counted): boolean => message.role === 'user';
const isSummary = ({ message }: Counted): boolean => message.role === 'user' && message.isSummary === true;

const sum = (counted: readonly Counted[]): number => counted.reduce((total, { tokens }) => total + tokens, 0);
