import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import type { Conversation } from '../../src/domain/conversations/conversation.js';
import type { Message, MessagePart } from '../../src/domain/conversations/message.js';
import { estimateAll } from '../../src/domain/models/count-tokens.js';
import type { Model } from '../../src/domain/models/model.js';
import type { UsageRecord } from '../../src/domain/usage/usage-store.js';
import { bookLostCalls } from '../../src/domain/runs/book-lost-calls.js';
import { timeNow } from '../../src/domain/tools/time-now.js';
import type { Tool } from '../../src/domain/tools/tool.js';
import { createToolbox } from '../../src/domain/tools/tools.js';
import type { Run } from '../../src/domain/runs/run.js';
import { modelOf } from '../kit/models.js';

const message = (id: string, position: number, role: Message['role'], parts: MessagePart[]) =>
  ({
    id,
    position,
    role,
    parts,
    parentId: position === 1 ? null : `m${position - 1}`,
    status: 'COMPLETE',
  }) as unknown as Message;

const text = (words: string): MessagePart => ({ type: 'text', text: words });
const called = (step: number, callId: string): MessagePart => ({
  type: 'tool-call',
  callId,
  step,
  name: 'look',
  argumentsText: '{}',
  status: 'SUCCEEDED',
  output: 'seen',
  isTruncated: false,
  durationMs: 1,
});

const EARLIER = [
  message('m1', 1, 'USER', [text('word '.repeat(500))]),
  message('m2', 2, 'ASSISTANT', [text('An answer.')]),
];
const run = {
  id: 'run_a',
  userId: 'user_a',
  conversationId: 'conv_a',
  modelId: 'mod_a',
  answerId: 'm4',
  userMessage: message('m3', 3, 'USER', [text('A story, please.')]),
} as Run;

/** @param recorded Ids of calls that are on record. @param reserved Ids of those that a budget keeps room for. */
async function book(
  parts: readonly MessagePart[],
  {
    recorded = [],
    reserved = [],
    model = modelOf({ providerId: 'p', inputPrice: 1 }),
    tools = [],
    toolNames = null,
  }: {
    recorded?: string[];
    reserved?: string[];
    model?: Model | null;
    tools?: readonly Tool[];
    toolNames?: readonly string[] | null;
  } = {},
): Promise<UsageRecord[]> {
  const records: UsageRecord[] = [];
  const needs = {
    clock: systemClock,
    countTokens: estimateAll,
    usage: {
      findMany: (ids: readonly string[]) =>
        Promise.resolve(
          recorded.filter((id) => ids.includes(id)).map((id) => ({ id, step: Number(id.split('-')[1]) })),
        ),
      record: (added: UsageRecord[]) => Promise.resolve(void records.push(...added)),
    },
    budgets: { find: () => Promise.resolve({ reservations: reserved.map((callId) => ({ callId })) }) },
    models: { find: () => Promise.resolve(model) },
    conversations: {
      find: () =>
        Promise.resolve({ instructions: '', maxOutputTokens: null, summary: null } as unknown as Conversation),
    },
    messages: {
      listBefore: (_id: string, position: number) =>
        Promise.resolve(EARLIER.filter((each) => each.position < position).toReversed()),
    },
  };
  await bookLostCalls(
    { needs: needs as unknown as Parameters<typeof bookLostCalls>[0]['needs'], toolbox: createToolbox(tools) },
    { ...run, toolNames },
    message('m4', 4, 'ASSISTANT', [...parts]),
  );
  return records;
}

describe('the calls of a lost run', () => {
  it('are booked by what was saved of them, with what they were told', async () => {
    const [record, ...others] = await book([{ type: 'reasoning', text: 'hm' }, text('Once upon a time')]);

    expect(others).toEqual([]);
    expect(record).toMatchObject({
      id: 'run_a-1-1',
      userId: 'user_a',
      conversationId: 'conv_a',
      messageId: 'm4',
      step: 1,
      outcome: 'FAILED',
      usage: { outputTokens: 6, reasoningTokens: 1, isEstimated: true },
    });
    expect(record!.usage.inputTokens).toBeGreaterThan(500);
    expect(record!.usage.cost).toBeCloseTo(record!.usage.inputTokens / 1_000_000);
  });

  it('are booked with the tools that they were offered', async () => {
    const tools = [timeNow({ clock: systemClock })];
    const booked = async (toolNames: readonly string[] | null) =>
      (await book([text('Once')], { tools, toolNames }))[0]!.usage.inputTokens;

    const [all, none, gone] = [await booked(null), await booked([]), await booked(['gone'])];

    expect(all).toBeGreaterThan(none + 100);
    expect(gone).toBe(none);
  });

  it('are booked but for those that are on record', async () => {
    const parts = [called(1, 'a'), called(1, 'b'), text('I see.'), called(2, 'c'), text('So')];

    expect((await book(parts)).map(({ id, outcome }) => [id, outcome])).toEqual([
      ['run_a-1-1', 'COMPLETED'],
      ['run_a-2-1', 'COMPLETED'],
      ['run_a-3-1', 'FAILED'],
    ]);
    expect((await book(parts, { recorded: ['run_a-1-1', 'run_a-2-3'] })).map(({ id }) => id)).toEqual(['run_a-3-1']);
  });

  it('are known by what was reserved for them, so that it is settled', async () => {
    const reserved = ['run_b-1-1', 'run_a-1-2'];

    expect((await book([text('Once')], { reserved })).map(({ id }) => id)).toEqual(['run_a-1-2']);
  });

  it('are not booked where nothing was saved of them, or nobody knows their model any more', async () => {
    expect(await book([])).toEqual([]);
    expect(await book([text('Once')], { model: null })).toEqual([]);
  });
});
