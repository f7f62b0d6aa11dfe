import { textOf, type Message, type MessagePart } from '../conversations/message.js';
import type { ModelMessage } from '../models/language-model.js';

/**
 * A stored message as the model is told of it again: each step of an answer with its calls and what they returned. Reasoning is not sent back.
 *
 * @param maxOutputChars What is told of each tool's output.
 */
export function toModelMessages(message: Message, maxOutputChars = Number.POSITIVE_INFINITY): ModelMessage[] {
  if (message.status === 'DELETED') return [];
  if (message.role === 'USER') return [{ role: 'user', text: textOf(message) }];
  return stepsOf(message.parts).flatMap(({ text, calls }): ModelMessage[] => {
    if (text === '' && calls.length === 0) return [];
    const toolCalls = calls.map(({ callId, name, argumentsText }) => ({ id: callId, name, argumentsText }));
    return [
      { role: 'assistant', text, toolCalls },
      ...calls.map(({ callId, name, output }): ModelMessage => ({
        role: 'tool',
        callId,
        name,
        text: shorten(output ?? '', maxOutputChars),
      })),
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

function shorten(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars).toWellFormed()} …`;
}
