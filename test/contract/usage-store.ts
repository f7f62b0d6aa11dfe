import { expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { NO_USAGE, type Usage } from '../../src/domain/usage/usage.js';
import { type UsageQuery, type UsageRecord, type UsageStore } from '../../src/domain/usage/usage-store.js';

/** What every UsageStore must do. Each case uses conversations of its own. */
export function describeUsageStore(open: () => Promise<UsageStore>): void {
  it('sums up the calls of one run, and tells its last step, and nothing of a run whose id begins alike', async () => {
    const store = await open();
    const usage = usageOf({ inputTokens: 3, outputTokens: 2 });
    const calls = ['run_a-2-1', 'run_a-1-1', 'run_ab-3-1'].map((id) => callOf({ id, step: Number(id.at(-3)), usage }));
    await store.record(calls);

    expect(await store.totalOfRun('run_a')).toMatchObject({ usage: { inputTokens: 6, outputTokens: 4 }, steps: 2 });
    expect(await store.totalOfRun('run_x')).toEqual({ usage: NO_USAGE, steps: 0 });
  });

  it('sums up the calls of one conversation, whatever became of them', async () => {
    const store = await open();
    const conversationId = newId('conv');
    await store.record([callOf({ conversationId, usage: usageOf({ inputTokens: 10, outputTokens: 5, cost: 0.25 }) })]);
    await store.record([
      callOf({
        conversationId,
        outcome: 'FAILED',
        usage: usageOf({ inputTokens: 1, cachedTokens: 1, isEstimated: true }),
      }),
    ]);
    await store.record([
      callOf({
        conversationId,
        outcome: 'CANCELLED',
        usage: usageOf({ outputTokens: 7, reasoningTokens: 3, cost: 0.5 }),
      }),
    ]);
    await store.record([callOf({ conversationId: newId('conv'), usage: usageOf({ inputTokens: 1000 }) })]);

    expect(await store.totalOfConversation(conversationId)).toEqual({
      inputTokens: 11,
      outputTokens: 12,
      cachedTokens: 1,
      reasoningTokens: 3,
      cost: 0.75,
      isEstimated: true,
    });
  });

  it('counts a call once, however often it is recorded', async () => {
    const store = await open();
    const conversationId = newId('conv');
    const call = callOf({ conversationId, usage: usageOf({ inputTokens: 10 }) });

    await Promise.all(Array.from({ length: 5 }, () => store.record([call])));
    await store.record([{ ...call, usage: usageOf({ inputTokens: 99 }) }]);

    expect(await store.totalOfConversation(conversationId)).toEqual(call.usage);
  });

  it('keeps calls that are no part of a conversation', async () => {
    const store = await open();
    const call = callOf({ conversationId: null, messageId: null });

    await store.record([call]);

    expect(await store.findMany([call.id])).toEqual([call]);
  });

  it('knows no cost where no call has a price', async () => {
    const store = await open();
    const conversationId = newId('conv');
    await store.record([callOf({ conversationId, usage: usageOf({ inputTokens: 1 }) })]);
    await store.record([callOf({ conversationId, usage: usageOf({ inputTokens: 2 }) })]);

    expect(await store.totalOfConversation(conversationId)).toEqual(usageOf({ inputTokens: 3 }));
  });

  it('is nothing for a conversation without a call', async () => {
    const store = await open();

    expect(await store.totalOfConversation(newId('conv'))).toEqual(NO_USAGE);
  });

  it('finds the records of calls again, whole', async () => {
    const store = await open();
    const calls = [callOf({ usage: usageOf({ inputTokens: 3, cost: 0.5 }) }), callOf({ outcome: 'CANCELLED' })];
    await store.record(calls);

    const found = await store.findMany([...calls.map(({ id }) => id), 'use_none']);

    expect(found.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(
      calls.toSorted((a, b) => a.id.localeCompare(b.id)),
    );
  });

  it('sums up by day of UTC, the newest first', async () => {
    const store = await open();
    const userId = newId('usr');
    const at = (text: string, inputTokens: number) =>
      callOf({ userId, at: new Date(text), usage: usageOf({ inputTokens }) });
    await store.record([
      at('2026-03-01T00:00:00.000Z', 1),
      at('2026-03-01T23:59:59.999Z', 2),
      at('2026-03-02T00:00:00.000Z', 4),
      at('2026-03-03T00:00:00.000Z', 8),
      at('2026-02-28T23:59:59.999Z', 16),
    ]);

    const summary = await store.summarize(
      queryOf({ userId, from: new Date('2026-03-01'), to: new Date('2026-03-03'), groupBy: ['DAY'] }),
    );

    expect(summary).toEqual({
      total: { calls: 3, usage: usageOf({ inputTokens: 7 }) },
      groups: [
        groupOf({ day: '2026-03-02', calls: 1, usage: usageOf({ inputTokens: 4 }) }),
        groupOf({ day: '2026-03-01', calls: 2, usage: usageOf({ inputTokens: 3 }) }),
      ],
      isTruncated: false,
    });
  });

  it('sums up by model, conversation and user, the most tokens first, and prices apart from none', async () => {
    const store = await open();
    const [user, other, dear, free, chat] = [newId('usr'), newId('usr'), newId('mod'), newId('mod'), newId('conv')];
    await store.record([
      callOf({ userId: user, modelId: dear, modelName: 'dear', usage: usageOf({ outputTokens: 5, cost: 0.5 }) }),
      callOf({ userId: user, modelId: dear, modelName: 'dear', usage: usageOf({ inputTokens: 5, cost: 0.25 }) }),
      callOf({
        userId: user,
        modelId: free,
        modelName: 'free',
        conversationId: chat,
        usage: usageOf({ inputTokens: 20 }),
      }),
      callOf({
        userId: other,
        modelId: free,
        modelName: 'free',
        usage: usageOf({ inputTokens: 7, isEstimated: true }),
      }),
    ]);
    const group = async (query: Partial<UsageQuery>) => (await store.summarize(queryOf(query))).groups;

    expect(await group({ userId: user, groupBy: ['MODEL'] })).toEqual([
      groupOf({ modelId: free, modelName: 'free', calls: 1, usage: usageOf({ inputTokens: 20 }) }),
      groupOf({
        modelId: dear,
        modelName: 'dear',
        calls: 2,
        usage: usageOf({ inputTokens: 5, outputTokens: 5, cost: 0.75 }),
      }),
    ]);
    expect(await group({ modelId: free, groupBy: ['USER', 'MODEL'] })).toEqual([
      groupOf({ userId: user, modelId: free, modelName: 'free', usage: usageOf({ inputTokens: 20 }) }),
      groupOf({
        userId: other,
        modelId: free,
        modelName: 'free',
        usage: usageOf({ inputTokens: 7, isEstimated: true }),
      }),
    ]);
    expect(await group({ userId: user, conversationId: chat, groupBy: ['CONVERSATION'] })).toEqual([
      groupOf({ conversationId: chat, usage: usageOf({ inputTokens: 20 }) }),
    ]);
  });

  it('gives no more groups than are asked for, and says so', async () => {
    const store = await open();
    const userId = newId('usr');
    await store.record([1, 2, 3].map((inputTokens) => callOf({ userId, usage: usageOf({ inputTokens }) })));

    const summary = await store.summarize(queryOf({ userId, groupBy: ['CONVERSATION'], maxGroups: 2 }));

    expect(summary.groups.map(({ usage }) => usage.inputTokens)).toEqual([3, 2]);
    expect(summary).toMatchObject({ total: { calls: 3 }, isTruncated: true });
  });

  it('is nothing where there is no call', async () => {
    const store = await open();

    expect(await store.summarize(queryOf({ userId: newId('usr'), groupBy: [] }))).toEqual({
      total: { calls: 0, usage: NO_USAGE },
      groups: [],
      isTruncated: false,
    });
  });
}

const queryOf = (more: Partial<UsageQuery>): UsageQuery => ({
  userId: null,
  modelId: null,
  conversationId: null,
  from: new Date('2026-01-01'),
  to: new Date('2027-01-01'),
  groupBy: ['DAY'],
  maxGroups: 400,
  ...more,
});

const groupOf = (more: object) => ({
  day: null,
  modelId: null,
  modelName: null,
  conversationId: null,
  userId: null,
  calls: 1,
  ...more,
});

const usageOf = (more: Partial<Usage>): Usage => ({ ...NO_USAGE, ...more });

function callOf(more: Partial<UsageRecord>): UsageRecord {
  return {
    id: newId('use'),
    userId: newId('usr'),
    conversationId: newId('conv'),
    runId: newId('run'),
    messageId: newId('msg'),
    modelId: newId('mod'),
    modelName: 'gpt',
    step: 1,
    outcome: 'COMPLETED',
    usage: NO_USAGE,
    at: new Date('2026-01-02T03:04:05.678Z'),
    ...more,
  };
}
