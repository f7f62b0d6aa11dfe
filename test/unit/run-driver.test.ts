import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { AppError } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { Conversation } from '../../src/domain/conversations/conversation.js';
import type { Message } from '../../src/domain/conversations/message.js';
import type { LanguageModel } from '../../src/domain/models/language-model.js';
import type { CallableModel } from '../../src/domain/models/model.js';
import type { Needs } from '../../src/domain/needs.js';
import { RunBudget } from '../../src/domain/runs/run-budget.js';
import { RunDriver } from '../../src/domain/runs/run-driver.js';
import type { Claim, RunEnd, RunLease } from '../../src/domain/runs/run-store.js';
import type { Run } from '../../src/domain/runs/run.js';
import { createToolbox } from '../../src/domain/tools/tools.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { MemoryRunEventStore } from '../../src/infra/embedded/memory-run-event-store.js';

const run = {
  id: 'run_a',
  conversationId: 'conv_a',
  userId: 'usr_a',
  maxSteps: 8,
  answerId: 'msg_a',
  userMessage: {
    id: 'msg_q',
    parentId: null,
    position: 1,
    parts: [{ type: 'text', text: 'hi' }],
  } as unknown as Message,
  startedAt: new Date(0),
} as Run;
const conversation = { id: 'conv_a', instructions: '', fallbackModelIds: [], summary: null } as unknown as Conversation;
const model = {
  model: { id: newId('mod'), name: 'a', toolMode: 'TOOLS', fallbackModelIds: [], contextWindow: null },
} as unknown as CallableModel;

/** Thinks until it is stopped. */
const silent: LanguageModel = {
  async *stream({ signal }) {
    yield { type: 'reasoning-delta', text: '…' };
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  },
};

/** A driver over stores in which nothing is kept, with what it did there. */
function openDriver() {
  const ends: RunEnd[] = [];
  const renewed: (readonly string[])[] = [];
  const takenOver: { before: Date; except: readonly string[] }[] = [];
  const done = () => Promise.resolve(true);
  const runs = {
    claim: (): Promise<Claim> => Promise.resolve({ outcome: 'claimed' }),
    finish: (_id: string, _fence: number, end: RunEnd) => Promise.resolve(ends.push(end) > 0),
    renew: (_lease: RunLease, ids: readonly string[]) => {
      renewed.push(ids);
      return Promise.resolve({ held: ids, cancelled: [] as readonly string[] });
    },
    takeOver: (_lease: RunLease, before: Date, _limit: number, except: readonly string[]) => {
      takenOver.push({ before, except });
      return Promise.resolve([]);
    },
  };
  const needs = {
    clock: systemClock,
    log: silentLog,
    bell: new MemoryBell(),
    runEvents: new MemoryRunEventStore(),
    runs,
    messages: { insertMissing: done, saveDrafts: done, finish: done },
    conversations: { advance: done },
    budgets: { find: () => Promise.resolve(null) },
    usage: { record: done },
    modelClients: { open: () => silent },
    settings: { runs: { maxDurationMs: 60_000, maxActivePerUser: 4 } },
  } as unknown as Needs;
  const driver = new RunDriver(needs, createToolbox([]));
  const start = () =>
    driver.start({ run, conversation, model, budget: new RunBudget(needs, run), tools: [], answerSchema: null });
  return { driver, start, runs, ends, renewed, takenOver };
}

describe('the runs of this process', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
  afterEach(() => void vi.useRealTimers());

  /** More than lies between two rounds, less than two of them. */
  const ROUND_MS = 3_000;

  async function stop(driver: RunDriver): Promise<void> {
    const drained = driver.drain(0);
    await vi.advanceTimersByTimeAsync(1);
    await drained;
  }

  it('are renewed before their leases end, and not taken for lost, also those that are being claimed', async () => {
    const { driver, start, renewed, takenOver } = openDriver();
    await driver.startKeeping({ isAlone: false });
    await driver.claim(run);
    await vi.advanceTimersByTimeAsync(ROUND_MS);
    await start();
    await vi.advanceTimersByTimeAsync(ROUND_MS);

    expect(renewed).toEqual([[run.id]]);
    expect(takenOver.map(({ except }) => except)).toEqual([[run.id], [run.id]]);
    await stop(driver);
  });

  it('are renewed also after a round that failed', async () => {
    const { driver, start, runs, renewed } = openDriver();
    const { renew } = runs;
    runs.renew = () => Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'away'));
    await driver.startKeeping({ isAlone: false });
    await start();
    await vi.advanceTimersByTimeAsync(ROUND_MS);
    runs.renew = renew;
    await vi.advanceTimersByTimeAsync(ROUND_MS);

    expect(renewed).toEqual([[run.id]]);
    await stop(driver);
  });

  it.each([
    ['somebody elsewhere asked to cancel', { held: [run.id], cancelled: [run.id] }, 'CANCELLED'],
    ['another process has by now', { held: [], cancelled: [] }, 'INTERRUPTED'],
  ])('are stopped that %s', async (_what, told, status) => {
    const { driver, start, runs, ends } = openDriver();
    runs.renew = () => Promise.resolve(told);
    await driver.startKeeping({ isAlone: false });
    await start();
    await vi.advanceTimersByTimeAsync(ROUND_MS);

    expect(ends.map((end) => end.status)).toEqual([status]);
    await stop(driver);
  });

  it('can be cancelled until they have ended', async () => {
    const { driver, start, ends } = openDriver();
    await start();
    expect([driver.cancel(run.id), driver.cancel('run_b')]).toEqual([true, false]);

    await driver.ended(run.id);

    expect(ends.map(({ status }) => status)).toEqual(['CANCELLED']);
    expect(driver.cancel(run.id)).toBe(false);
  });

  it('leave nothing behind after a drain that would keep the process', async () => {
    const { driver, start } = openDriver();
    await driver.startKeeping({ isAlone: false });
    await start();
    driver.cancel(run.id);

    await driver.drain(ROUND_MS);
    // The last round of checkpoints finds nothing to save.
    await vi.advanceTimersByTimeAsync(1_000);

    expect(driver.isDraining).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('recovers whatever was left before it begins, where nobody else can be at it', async () => {
  const { driver, runs, takenOver } = openDriver();
  const { takeOver } = runs;
  runs.takeOver = async (...asked) => {
    await new Promise(setImmediate);
    return takeOver(...asked);
  };

  await driver.startKeeping({ isAlone: true });

  expect(takenOver).toEqual([{ before: new Date(8.64e15), except: [] }]);
  await driver.drain(0);
});

describe('a claim that is under way', () => {
  it('is waited for by a drain, and its run is interrupted, although its time is up by then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { driver, start, runs, ends } = openDriver();
    let accept = (): void => {};
    runs.claim = () => new Promise((resolve) => (accept = () => resolve({ outcome: 'claimed' })));
    const claiming = driver.claim(run);
    const drained = driver.drain(0).then(() => ends.map(({ status }) => status));
    await vi.advanceTimersByTimeAsync(1);

    accept();
    await claiming;
    void start();

    expect(await drained).toEqual(['INTERRUPTED']);
  });

  it.each<[string, () => Promise<Claim>]>([
    ['is refused', () => Promise.resolve({ outcome: 'busy' })],
    ['fails', () => Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'away'))],
  ])('keeps no drain waiting once it %s', async (_how, claim) => {
    const { driver, runs, ends } = openDriver();
    runs.claim = claim;
    await driver.claim(run).catch(() => undefined);

    await driver.drain(1);

    expect(ends).toEqual([]);
  });
});
