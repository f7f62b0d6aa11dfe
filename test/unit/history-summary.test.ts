import { expect, it } from 'vitest';
import type { AgentEvent } from '../../src/domain/agent/agent-event.js';
import { AppError } from '../../src/base/errors.js';
import type { ConversationSummary } from '../../src/domain/conversations/conversation.js';
import type { Message } from '../../src/domain/conversations/message.js';
import type { ModelPart } from '../../src/domain/models/language-model.js';
import { say, ScriptedModel } from '../kit/scripted-model.js';
import { messageAt, prepareTurn, talk, tokensOf } from '../kit/told-history.js';

it('sums up the older half once it does not fit any more, and tells the newest in full', async () => {
  const { told, events, asked } = await prepareTurn(talk(60), messageAt(61, 'USER', 'and now?'));

  expect(tokensOf(told)).toBeLessThanOrEqual(4_096 - 1_000);
  expect(told.slice(1, 3).map(({ text }) => text)).toEqual([
    'A summary of our conversation so far:\nThey talked.',
    'I remember.',
  ]);
  expect(told[1]).toMatchObject({ isSummary: true });
  expect(told[3]?.role).toBe('user');
  expect(told.at(-2)?.text).toMatch(/^60 /);
  const summarized = events.find((event) => event.type === 'history-summarized');
  const { upToMessageId } = (summarized as Extract<AgentEvent, { type: 'history-summarized' }>).summary;
  expect(told[3]?.text).toMatch(
    new RegExp(`^${Number(upToMessageId.slice(1)) + 1} |^${Number(upToMessageId.slice(1)) + 2} `),
  );
  expect(asked).toHaveLength(1);
  expect(asked[0]?.messages[1]?.text).toContain('There is no summary yet.');
  expect(asked[0]?.maxOutputTokens).toBe(800);
  expect(events[0]).toMatchObject({ type: 'model-called', step: 0, outcome: 'COMPLETED' });
});

it('extends the summary that is there instead of telling it all again', async () => {
  const summary = { text: 'Ada likes tea.', upToMessageId: 'm40' };

  const { asked, told } = await prepareTurn(talk(100), messageAt(101, 'USER', 'and now?'), { summary });

  expect(asked[0]?.messages[1]?.text).toContain('Summary so far:\nAda likes tea.');
  expect(asked[0]?.messages[1]?.text).not.toMatch(/User: (1|3|39) word/);
  expect(told[1]?.text).toContain('They talked.');
});

it('tells the summary and what came after it while that fits, and asks nobody', async () => {
  const summary = { text: 'Ada likes tea.', upToMessageId: 'm10' };

  const { told, asked } = await prepareTurn(talk(12), messageAt(13, 'USER', 'go on'), { summary });

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
  const { told } = await prepareTurn(talk(4), messageAt(5, 'USER', 'go on'), {
    summary: { text: 'elsewhere', upToMessageId: 'm99' },
  });

  expect(told.map(({ text }) => text).join()).not.toContain('elsewhere');
});

it('leaves out what does not fit when nobody can sum it up', async () => {
  const summarizer = new ScriptedModel([[new AppError('UPSTREAM_FAILED', 'away')]]);

  const { told, events } = await prepareTurn(talk(60), messageAt(61, 'USER', 'and now?'), { summarizer });

  expect(tokensOf(told)).toBeLessThanOrEqual(4_096 - 1_000);
  expect(told[1]?.text).not.toContain('A summary');
  expect(events.map(({ type }) => type)).toEqual(['model-called']);
});

it.each([60, 61, 62, 63, 64])('loses none of %i messages between what is summed up and what is told', async (count) => {
  const { told, asked } = await prepareTurn(talk(count), messageAt(count + 1, 'USER', 'and now?'));

  const all = [...asked.map(({ messages }) => messages[1]?.text), ...told.map(({ text }) => text)].join('\n');
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((n) => !new RegExp(`\\b${n} word`).test(all));
  expect(asked).toHaveLength(1);
  expect(missing).toEqual([]);
});

it('asks for a summary of no more than the window of the model holds, of each message its share', async () => {
  const pasted = (position: number) => messageAt(position, 'USER', `${position} ${'word '.repeat(6_000)} end`);
  const stored = [...talk(4, 5), pasted(5), messageAt(6, 'ASSISTANT', 'short answer')];

  const { asked, told } = await prepareTurn(stored, messageAt(7, 'USER', 'and now?'), { window: 2_048 });

  const [request] = asked;
  expect(tokensOf(request!.messages) + (request!.maxOutputTokens ?? 0)).toBeLessThanOrEqual(2_048);
  expect(request!.messages[1]?.text).toMatch(
    /User: 1 word.*Assistant: 4 word.*User: 5 word.* …\nAssistant: short answer$/s,
  );
  expect(tokensOf(told)).toBeLessThanOrEqual(1_024);
});

it('writes a short summary where the window is tiny', async () => {
  const summary = { text: 'They talked. '.repeat(200), upToMessageId: 'm2' };

  const { asked } = await prepareTurn(talk(12), messageAt(13, 'USER', 'hi'), { window: 512, summary });

  const [request] = asked;
  expect(tokensOf(request!.messages) + (request!.maxOutputTokens ?? 0)).toBeLessThanOrEqual(512);
});

it('keeps a fact of turn 3 through 200 turns in a window of 4,096 tokens', async () => {
  const stored: Message[] = [];
  let summary: ConversationSummary | null = null;
  for (let turn = 1; turn <= 200; turn++) {
    const text = turn === 3 ? 'My cat is called Nabi.' : `question ${turn} ${'word '.repeat(30)}`;
    const userMessage = messageAt(2 * turn - 1, 'USER', text);
    // It keeps what it is told of the cat, as a good summary does.
    const summarizer = new ScriptedModel([]);
    summarizer.stream = async function* (request) {
      summarizer.requests.push(request);
      yield* say(
        request.messages[1]?.text.includes('Nabi') ? 'The cat of the user is called Nabi.' : 'They talked.',
      ) as ModelPart[];
    };
    const { told, events } = await prepareTurn(stored, userMessage, { summarizer, summary });
    for (const event of events) if (event.type === 'history-summarized') summary = event.summary;
    expect(tokensOf(told)).toBeLessThanOrEqual(4_096 - 1_000);
    expect(turn < 3 || told.some((each) => each.text.includes('Nabi'))).toBe(true);
    stored.push(userMessage, messageAt(2 * turn, 'ASSISTANT', `answer ${turn} ${'word '.repeat(30)}`));
  }
});
