import { expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { NO_USAGE, type Usage, type UsageRecord, type UsageStore } from '../../src/domain/models/usage.js';

/** What every UsageStore must do. Each case uses conversations of its own. */
export function describeUsageStore(open: () => Promise<UsageStore>): void {
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
    const call = callOf({ usage: usageOf({ inputTokens: 10 }) });

    await Promise.all(Array.from({ length: 5 }, () => store.record([call])));
    await store.record([{ ...call, usage: usageOf({ inputTokens: 99 }) }]);

    expect(await store.totalOfConversation(call.conversationId)).toEqual(call.usage);
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
}

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
