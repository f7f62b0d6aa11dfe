import { expect, it } from 'vitest';
import { fitHistory, toModelMessages } from '../../src/domain/agent/history.js';
import { tokensOfMessage } from '../../src/domain/agent/estimate-usage.js';
import type { Conversation } from '../../src/domain/conversations/conversation.js';
import type { Message, MessagePart } from '../../src/domain/conversations/message.js';
import type { Needs } from '../../src/domain/needs.js';
import type { Model } from '../../src/domain/models/model.js';

const model = { contextWindow: 4_096, maxOutputTokens: 1_000 } as Model;
const conversation = { id: 'conv_a', instructions: '', maxOutputTokens: null } as Conversation;

const message = (position: number, role: Message['role'], text: string, changes: Partial<Message> = {}): Message => ({
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
      return messages.filter((each) => each.position < position).toSorted((a, b) => b.position - a.position).slice(0, limit);
    },
  };
  return { needs: { messages: store } as unknown as Pick<Needs, 'messages'>, reads };
}

const tell = async (stored: readonly Message[], userMessage: Message) => {
  const told = await fitHistory(storeOf(stored).needs, { conversation, model, tools: [], userMessage });
  return told.slice(1).map(({ role, text }) => [role, text]);
};

it('tells what was said before, oldest first, and the new message last', async () => {
  const stored = [message(1, 'USER', 'hi'), message(2, 'ASSISTANT', 'hello')];

  expect(await tell(stored, message(3, 'USER', 'how are you?'))).toEqual([
    ['user', 'hi'],
    ['assistant', 'hello'],
    ['user', 'how are you?'],
  ]);
});

it('follows the path to the first message, past edits and other answers', async () => {
  const stored = [
    message(1, 'USER', 'hi'),
    message(2, 'ASSISTANT', 'first answer'),
    message(3, 'ASSISTANT', 'second answer', { parentId: 'm1' }),
    message(4, 'USER', 'a question to the first answer', { parentId: 'm2' }),
  ];

  expect(await tell(stored, message(5, 'USER', 'go on', { parentId: 'm3' }))).toEqual([
    ['user', 'hi'],
    ['assistant', 'second answer'],
    ['user', 'go on'],
  ]);
});

it('stays inside the window, drops the oldest whole, and never begins with an answer', async () => {
  const stored = Array.from({ length: 200 }, (_, i) => message(i + 1, i % 2 === 0 ? 'USER' : 'ASSISTANT', `${i} ${'word '.repeat(40)}`));

  const told = await fitHistory(storeOf(stored).needs, { conversation, model, tools: [], userMessage: message(201, 'USER', 'and now?') });

  const tokens = told.reduce((sum, each) => sum + tokensOfMessage(each), 0);
  expect(tokens).toBeLessThanOrEqual(4_096 - 1_000);
  expect(tokens).toBeGreaterThan(2_000);
  expect(told[1]?.role).toBe('user');
  expect(told.at(-2)?.text).toMatch(/^199 /);
});

it('reads no more of a long conversation than fits', async () => {
  const stored = Array.from({ length: 10_000 }, (_, i) => message(i + 1, i % 2 === 0 ? 'USER' : 'ASSISTANT', 'word '.repeat(100)));
  const { needs, reads } = storeOf(stored);

  await fitHistory(needs, { conversation, model, tools: [], userMessage: message(10_001, 'USER', 'hi') });

  expect(reads.length).toBeLessThanOrEqual(2);
});

it('never tells what was deleted', async () => {
  const stored = [message(1, 'USER', 'secret', { status: 'DELETED', parts: [] }), message(2, 'ASSISTANT', 'I see', { status: 'DELETED', parts: [] })];

  expect(await tell(stored, message(3, 'USER', 'go on'))).toEqual([['user', 'go on']]);
});

it('tells each step of an answer with its calls and what they returned, and no reasoning', () => {
  const callOf = (callId: string, step: number): MessagePart => ({
    type: 'tool-call',
    callId,
    step,
    name: 'look',
    argumentsText: '{}',
    status: 'SUCCEEDED',
    output: `${callId} out`,
    isTruncated: false,
    durationMs: 1,
  });
  const parts: MessagePart[] = [
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'Let me look.' },
    callOf('a', 1),
    callOf('b', 1),
    callOf('c', 2),
    { type: 'text', text: 'There.' },
  ];

  expect(toModelMessages(message(2, 'ASSISTANT', '', { parts }))).toEqual([
    {
      role: 'assistant',
      text: 'Let me look.',
      toolCalls: [
        { id: 'a', name: 'look', argumentsText: '{}' },
        { id: 'b', name: 'look', argumentsText: '{}' },
      ],
    },
    { role: 'tool', callId: 'a', name: 'look', text: 'a out' },
    { role: 'tool', callId: 'b', name: 'look', text: 'b out' },
    { role: 'assistant', text: '', toolCalls: [{ id: 'c', name: 'look', argumentsText: '{}' }] },
    { role: 'tool', callId: 'c', name: 'look', text: 'c out' },
    { role: 'assistant', text: 'There.', toolCalls: [] },
  ]);
});
