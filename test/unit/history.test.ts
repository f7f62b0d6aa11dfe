import { describe, expect, it } from 'vitest';
import { toModelMessages } from '../../src/domain/agent/model-messages.js';
import type { Message, MessagePart } from '../../src/domain/conversations/message.js';
import type { CountTokens } from '../../src/domain/models/count-tokens.js';
import { messageAt, prepareTurn, talk } from '../kit/told-history.js';

const tell = async (stored: readonly Message[], userMessage: Message) => {
  const { told } = await prepareTurn(stored, userMessage);
  return told.slice(1).map(({ role, text }) => [role, text]);
};

it('tells what was said before, oldest first, and the new message last', async () => {
  const stored = [messageAt(1, 'USER', 'hi'), messageAt(2, 'ASSISTANT', 'hello')];

  expect(await tell(stored, messageAt(3, 'USER', 'how are you?'))).toEqual([
    ['user', 'hi'],
    ['assistant', 'hello'],
    ['user', 'how are you?'],
  ]);
});

it('follows the path to the first message, past edits and other answers', async () => {
  const stored = [
    messageAt(1, 'USER', 'hi'),
    messageAt(2, 'ASSISTANT', 'first answer'),
    messageAt(3, 'ASSISTANT', 'second answer', { parentId: 'm1' }),
    messageAt(4, 'USER', 'a question to the first answer', { parentId: 'm2' }),
  ];

  expect(await tell(stored, messageAt(5, 'USER', 'go on', { parentId: 'm3' }))).toEqual([
    ['user', 'hi'],
    ['assistant', 'second answer'],
    ['user', 'go on'],
  ]);
});

it('lets user and assistant take turns, also after an answer that failed', async () => {
  const stored = [messageAt(1, 'USER', 'hi'), messageAt(2, 'ASSISTANT', '', { status: 'FAILED', parts: [] })];

  expect(await tell(stored, messageAt(3, 'USER', 'are you there?'))).toEqual([['user', 'hi\nare you there?']]);
});

it('never tells what was deleted', async () => {
  const stored = [
    messageAt(1, 'USER', 'secret', { status: 'DELETED', parts: [] }),
    messageAt(2, 'ASSISTANT', 'I see', { status: 'DELETED', parts: [] }),
  ];

  expect(await tell(stored, messageAt(3, 'USER', 'go on'))).toEqual([['user', 'go on']]);
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

  expect(toModelMessages(messageAt(2, 'ASSISTANT', '', { parts }))).toEqual([
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

it('shrinks what tools returned long ago before it sums up', async () => {
  const output = (position: number): Message =>
    messageAt(position, 'ASSISTANT', '', {
      parts: [
        {
          type: 'tool-call',
          callId: 'c',
          step: 1,
          name: 'look',
          argumentsText: '{}',
          status: 'SUCCEEDED',
          output: 'word '.repeat(1_200),
          isTruncated: false,
          durationMs: 1,
        },
        { type: 'text', text: 'done' },
      ],
    });
  const stored = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? messageAt(i + 1, 'USER', 'look') : output(i + 1)));

  const { told, asked } = await prepareTurn(stored, messageAt(11, 'USER', 'go on'), { window: 8_192 });

  const lengths = told.flatMap((each) => (each.role === 'tool' ? [each.text.length] : []));
  expect(lengths).toEqual([1_002, 1_002, 1_002, 6_000, 6_000]);
  expect(asked).toEqual([]);
});

it('reads no more of a conversation of 10,000 messages than of one of 300', async () => {
  const reads = async (count: number) =>
    (await prepareTurn(talk(count, 5), messageAt(count + 1, 'USER', 'hi'), { window: 1_000_000 })).reads.length;

  expect(await reads(10_000)).toBe(await reads(300));
});

describe('a tokenizer', () => {
  const dense: CountTokens = async (texts) => texts.map(({ length }) => length);

  it('decides what fits, where texts take more tokens than they look like', async () => {
    const stored = Array.from({ length: 40 }, (_, i) =>
      messageAt(i + 1, i % 2 === 0 ? 'USER' : 'ASSISTANT', 'word '.repeat(40)),
    );

    const { told, events } = await prepareTurn(stored, messageAt(41, 'USER', 'and now?'), { countTokens: dense });

    expect(events.map(({ type }) => type)).toContain('history-summarized');
    const [system, ...others] = await dense(told.map(({ text }) => text));
    expect(others.reduce((sum, tokens) => sum + tokens, system ?? 0)).toBeLessThanOrEqual(4_096 - 1_000);
  });

  it('is not asked where everything fits by far', async () => {
    const countTokens: CountTokens = () => Promise.reject(new Error('asked'));

    const { told } = await prepareTurn(
      [messageAt(1, 'USER', 'hi'), messageAt(2, 'ASSISTANT', 'hello')],
      messageAt(3, 'USER', 'go on'),
      {
        countTokens,
      },
    );

    expect(told.length).toBe(4);
  });
});
