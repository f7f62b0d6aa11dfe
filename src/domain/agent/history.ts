import type { Needs } from '../needs.js';
import { systemPrompt } from './system-prompt.js';
import { tokensOfMessage } from './estimate-usage.js';
import { estimateTokens } from '../models/estimate-tokens.js';
import type { ModelMessage } from '../models/language-model.js';
import type { Model } from '../models/model.js';
import type { Tool } from '../tools/tool.js';
import type { Conversation } from '../conversations/conversation.js';
import { textOf, type Message, type MessagePart } from '../conversations/message.js';
import { pathBack } from '../conversations/path.js';

/** Tokens that a model is taken to have room for where nobody said. */
const ASSUMED_CONTEXT_WINDOW = 32_768;

/** Tokens that are kept free for the answer where nobody said. */
const ASSUMED_OUTPUT_TOKENS = 4_096;

/**
 * What the model is told: the system message, then as many of the newest turns as fit into its window, then the new message.
 * The system message and the new message are always there; a turn is told whole or not at all.
 */
export async function fitHistory(
  needs: Pick<Needs, 'messages'>,
  turn: { conversation: Conversation; model: Model; tools: readonly Tool[]; userMessage: Message },
): Promise<ModelMessage[]> {
  const { conversation, model, tools, userMessage } = turn;
  const first: ModelMessage = {
    role: 'system',
    text: systemPrompt({ tools, instructions: conversation.instructions }),
  };
  const last: ModelMessage = { role: 'user', text: textOf(userMessage) };
  let room = roomFor(model, conversation) - tokensOfMessage(first) - tokensOfMessage(last) - tokensOfTools(tools);
  const older: ModelMessage[][] = [];
  for await (const message of pathBack(needs, conversation.id, userMessage.parentId, userMessage.position)) {
    const told = toModelMessages(message);
    room -= told.reduce((sum, each) => sum + tokensOfMessage(each), 0);
    if (room < 0) break;
    older.push(told);
  }
  return [first, ...withoutLeadingAnswer(older.toReversed().flat()), last];
}

function roomFor({ contextWindow, maxOutputTokens }: Model, conversation: Conversation): number {
  const window = contextWindow ?? ASSUMED_CONTEXT_WINDOW;
  const output = conversation.maxOutputTokens ?? maxOutputTokens ?? ASSUMED_OUTPUT_TOKENS;
  return window - Math.min(output, Math.floor(window / 2));
}

function tokensOfTools(tools: readonly Tool[]): number {
  return tools.reduce(
    (sum, { name, description, parameters }) => sum + estimateTokens(name + description + JSON.stringify(parameters)),
    0,
  );
}

/** An answer whose question did not fit would make no sense, and some services refuse it. */
function withoutLeadingAnswer(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const start = messages.findIndex(({ role }) => role === 'user');
  return start === -1 ? [] : messages.slice(start);
}

/** A stored message as the model is told of it again: each step of an answer with its calls and what they returned. Reasoning is not sent back. */
export function toModelMessages(message: Message): ModelMessage[] {
  if (message.status === 'DELETED') return [];
  if (message.role === 'USER') return [{ role: 'user', text: textOf(message) }];
  return stepsOf(message.parts).flatMap(({ text, calls }): ModelMessage[] => {
    if (text === '' && calls.length === 0) return [];
    const toolCalls = calls.map(({ callId, name, argumentsText }) => ({ id: callId, name, argumentsText }));
    return [
      { role: 'assistant', text, toolCalls },
      ...calls.map(({ callId, name, output }): ModelMessage => ({ role: 'tool', callId, name, text: output ?? '' })),
    ];
  });
}

type Step = { text: string; calls: Extract<MessagePart, { type: 'tool-call' }>[] };

/** Text that follows a call begins a new step, and so does a call of another step. */
function stepsOf(parts: readonly MessagePart[]): Step[] {
  const steps: Step[] = [{ text: '', calls: [] }];
  for (const part of parts) {
    const current = steps[steps.length - 1]!;
    const lastCall = current.calls.at(-1);
    if (part.type === 'text') {
      if (lastCall) steps.push({ text: part.text, calls: [] });
      else current.text += part.text;
    } else if (part.type === 'tool-call') {
      if (lastCall && lastCall.step !== part.step) steps.push({ text: '', calls: [part] });
      else current.calls.push(part);
    }
  }
  return steps;
}
