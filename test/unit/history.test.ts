import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/domain/agent/agent-event.js';
import { tellHistory } from '../../src/domain/agent/history.js';
import { toModelMessages } from '../../src/domain/agent/model-messages.js';
import { tokensOfMessage } from '../../src/domain/agent/estimate-usage.js';
import { AppError } from '../../src/base/errors.js';
import type { Conversation, ConversationSummary } from '../../src/domain/conversations/conversation.js';
import type { Message, MessagePart } from '../../src/domain/conversations/message.js';
import { pathBack } from '../../src/domain/conversations/path.js';
import type { Needs } from '../../src/domain/needs.js';
import { estimateAll, type CountTokens } from '../../src/domain/models/count-tokens.js';
import type { ModelMessage, ModelPart } from '../../src/domain/models/language-model.js';
import type { Model } from '../../src/domain/models/model.js';
import { say, ScriptedModel } from '../kit/scripted-model.js';

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
      return messages
        .filter((each) => each.position < position)
        .toSorted((a, b) => b.position - a.position)
        .slice(0, limit);
    },
  };
  return { needs: { messages: store } as unknown as Pick<Needs, 'messages'>, reads };
}

async function prepare(
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

const tell = async (stored: readonly Message[], userMessage: Message) => {
  const { told } = await prepare(stored, userMessage);
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

it('lets user and assistant take turns, also after an answer that failed', async () => {
  const stored = [message(1, 'USER', 'hi'), message(2, 'ASSISTANT', '', { status: 'FAILED', parts: [] })];

  expect(await tell(stored, message(3, 'USER', 'are you there?'))).toEqual([['user', 'hi\nare you there?']]);
});

const talk = (count: number, words = 40) =>
  Array.from({ length: count }, (_, i) =>
    message(i + 1, i % 2 === 0 ? 'USER' : 'ASSISTANT', `${i + 1} ${'word '.repeat(words)}`),
  );

const tokensOf = (told: readonly ModelMessage[]) => told.reduce((sum, each) => sum + tokensOfMessage(each), 0);

it('sums up the older half once it does not fit any more, and tells the newest in full', async () => {
  const { told, events, asked } = await prepare(talk(60), message(61, 'USER', 'and now?'));

  expect(tokensOf(told)).toBeLessThanOrEqual(4_096 - 1_000);
  expect(told.slice(1, 3).map(({ text }) => text)).toEqual([
    'A summary of our conversation so far:\nThey talked.',
    'I remember.',
  ]);
  expect(told[3]?.role).toBe('user');
  expect(told.at(-2)?.text).toMatch(/^60 /);
  const summarized = events.find((event) => event.type === 'history-summarized');
  const { upToMessageId } = (summarized as Extract<AgentEvent, { type: 'history-summarized' }>).summary;
  expect(told[3]?.text).toMatch(
    new RegExp(`^${Number(upToMessageId.slice(1)) + 1} |^${Number(upToMessageId.slice(1)) + 2} `),
  );
  expect(asked).toHaveLength(1);
  expect(asked[0]?.messages[1]?.text).toContain('There is no summary yet.');
  expect(events[0]).toMatchObject({ type: 'model-called', step: 0, outcome: 'COMPLETED' });
});

it('extends the summary that is there instead of telling it all again', async () => {
  const summary = { text: 'Ada likes tea.', upToMessageId: 'm40' };

  const { asked, told } = await prepare(talk(100), message(101, 'USER', 'and now?'), { summary });

  expect(asked[0]?.messages[1]?.text).toContain('Summary so far:\nAda likes tea.');
  expect(asked[0]?.messages[1]?.text).not.toMatch(/User: (1|3|39) word/);
  expect(told[1]?.text).toContain('They talked.');
});

it('tells the summary and what came after it while that fits, and asks nobody', async () => {
  const summary = { text: 'Ada likes tea.', upToMessageId: 'm10' };

  const { told, asked } = await prepare(talk(12), message(13, 'USER', 'go on'), { summary });

  expect(told.slice(1).map(({ text }) => text.split(' word')[0])).toEqual([
    'A summary of our conversation so far:\nAda likes tea.',
    'I remember.',
    '11',
    '12',
    'go on',
  ]);
  expect(asked).toEqual([]);
});

it('does not tell the summary of another branch', async () => {
  const { told } = await prepare(talk(4), message(5, 'USER', 'go on'), {
    summary: { text: 'elsewhere', upToMessageId: 'm99' },
  });

  expect(told.map(({ text }) => text).join()).not.toContain('elsewhere');
});

it('leaves out what does not fit when nobody can sum it up', async () => {
  const summarizer = new ScriptedModel([[new AppError('UPSTREAM_FAILED', 'away')]]);

  const { told, events } = await prepare(talk(60), message(61, 'USER', 'and now?'), { summarizer });

  expect(tokensOf(told)).toBeLessThanOrEqual(4_096 - 1_000);
  expect(told[1]?.text).not.toContain('A summary');
  expect(events.map(({ type }) => type)).toEqual(['model-called']);
});

it('shrinks what tools returned long ago before it sums up', async () => {
  const output = (position: number): Message =>
    message(position, 'ASSISTANT', '', {
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
  const stored = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? message(i + 1, 'USER', 'look') : output(i + 1)));

  const { told, asked } = await prepare(stored, message(11, 'USER', 'go on'), { window: 8_192 });

  const lengths = told.flatMap((each) => (each.role === 'tool' ? [each.text.length] : []));
  expect(lengths).toEqual([1_002, 1_002, 1_002, 6_000, 6_000]);
  expect(asked).toEqual([]);
});

it('reads no more of a conversation of 10,000 messages than of one of 300', async () => {
  const reads = async (count: number) =>
    (await prepare(talk(count, 5), message(count + 1, 'USER', 'hi'), { window: 1_000_000 })).reads.length;

  expect(await reads(10_000)).toBe(await reads(300));
});

it.each([60, 61, 62, 63, 64])('loses none of %i messages between what is summed up and what is told', async (count) => {
  const { told, asked } = await prepare(talk(count), message(count + 1, 'USER', 'and now?'));

  const all = [...asked.map(({ messages }) => messages[1]?.text), ...told.map(({ text }) => text)].join('\n');
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((n) => !new RegExp(`\\b${n} word`).test(all));
  expect(asked).toHaveLength(1);
  expect(missing).toEqual([]);
});

it('asks for a summary of no more than the window of the model holds, of each message its share', async () => {
  const pasted = (position: number) => message(position, 'USER', `${position} ${'word '.repeat(6_000)} end`);
  const stored = [...talk(4, 5), pasted(5), message(6, 'ASSISTANT', 'short answer')];

  const { asked, told } = await prepare(stored, message(7, 'USER', 'and now?'), { window: 2_048 });

  const [request] = asked;
  expect(tokensOf(request!.messages) + (request!.maxOutputTokens ?? 0)).toBeLessThanOrEqual(2_048);
  expect(request!.messages[1]?.text).toMatch(
    /User: 1 word.*Assistant: 4 word.*User: 5 word.* …\nAssistant: short answer$/s,
  );
  expect(tokensOf(told)).toBeLessThanOrEqual(1_024);
});

it('writes a short summary where the window is tiny', async () => {
  const summary = { text: 'They talked. '.repeat(200), upToMessageId: 'm2' };

  const { asked } = await prepare(talk(12), message(13, 'USER', 'hi'), { window: 512, summary });

  const [request] = asked;
  expect(tokensOf(request!.messages) + (request!.maxOutputTokens ?? 0)).toBeLessThanOrEqual(512);
});

it('keeps a fact of turn 3 through 200 turns in a window of 4,096 tokens', async () => {
  const stored: Message[] = [];
  let summary: ConversationSummary | null = null;
  for (let turn = 1; turn <= 200; turn++) {
    const text = turn === 3 ? 'My cat is called Nabi.' : `question ${turn} ${'word '.repeat(30)}`;
    const userMessage = message(2 * turn - 1, 'USER', text);
    // It keeps what it is told of the cat, as a good summary does.
    const summarizer = new ScriptedModel([]);
    summarizer.stream = async function* (request) {
      summarizer.requests.push(request);
      yield* say(
        request.messages[1]?.text.includes('Nabi') ? 'The cat of the user is called Nabi.' : 'They talked.',
      ) as ModelPart[];
    };
    const { told, events } = await prepare(stored, userMessage, { summarizer, summary });
    for (const event of events) if (event.type === 'history-summarized') summary = event.summary;
    expect(tokensOf(told)).toBeLessThanOrEqual(4_096 - 1_000);
    expect(turn < 3 || told.some((each) => each.text.includes('Nabi'))).toBe(true);
    stored.push(userMessage, message(2 * turn, 'ASSISTANT', `answer ${turn} ${'word '.repeat(30)}`));
  }
});

it('never tells what was deleted', async () => {
  const stored = [
    message(1, 'USER', 'secret', { status: 'DELETED', parts: [] }),
    message(2, 'ASSISTANT', 'I see', { status: 'DELETED', parts: [] }),
  ];

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

describe('a tokenizer', () => {
  const dense: CountTokens = async (texts) => texts.map(({ length }) => length);

  it('decides what fits, where texts take more tokens than they look like', async () => {
    const stored = Array.from({ length: 40 }, (_, i) =>
      message(i + 1, i % 2 === 0 ? 'USER' : 'ASSISTANT', 'word '.repeat(40)),
    );

    const { told, events } = await prepare(stored, message(41, 'USER', 'and now?'), { countTokens: dense });

    expect(events.map(({ type }) => type)).toContain('history-summarized');
    const [system, ...others] = await dense(told.map(({ text }) => text));
    expect(others.reduce((sum, tokens) => sum + tokens, system ?? 0)).toBeLessThanOrEqual(4_096 - 1_000);
  });

  it('is not asked where everything fits by far', async () => {
    const countTokens: CountTokens = () => Promise.reject(new Error('asked'));

    const { told } = await prepare(
      [message(1, 'USER', 'hi'), message(2, 'ASSISTANT', 'hello')],
      message(3, 'USER', 'go on'),
      {
        countTokens,
      },
    );

    expect(told.length).toBe(4);
  });
});
