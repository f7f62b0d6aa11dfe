import type { ModelMessage } from './language-model.js';

type UserMessage = Extract<ModelMessage, { role: 'user' }>;

/** The messages with those of the user that follow one another as one: many open models demand that user and assistant take turns. */
export function takingTurns(messages: readonly ModelMessage[]): ModelMessage[] {
  const joined: ModelMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === 'user' && message.role === 'user') joined[joined.length - 1] = joinUser(last, message);
    else joined.push(message);
  }
  return joined;
}

function joinUser(a: UserMessage, b: UserMessage): UserMessage {
  const images = [...(a.images ?? []), ...(b.images ?? [])];
  return { role: 'user', text: `${a.text}\n${b.text}`, ...(images.length > 0 && { images }) };
}
