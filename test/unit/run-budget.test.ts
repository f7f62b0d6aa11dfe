import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import type { LanguageModel, ModelRequest } from '../../src/domain/models/language-model.js';
import type { Model } from '../../src/domain/models/model.js';
import type { Needs } from '../../src/domain/needs.js';
import type { BudgetAccount, Reservation } from '../../src/domain/budgets/budget.js';
import { RunBudget } from '../../src/domain/runs/run-budget.js';
import { collect } from '../kit/house.js';
import { say, ScriptedModel, usageOf } from '../kit/scripted-model.js';

afterEach(() => void vi.useRealTimers());

const signal = new AbortController().signal;
const request = { messages: [], tools: [], requests: { left: 8 }, signal } as unknown as ModelRequest;

function guarded(model: LanguageModel, find: () => Promise<null>): LanguageModel {
  const needs = { clock: systemClock, budgets: { find } } as unknown as Needs;
  return new RunBudget(needs, { id: 'run_a', userId: 'usr_a' }).guard(model, {} as Model);
}

it('asks again for a budget that could not be read while the run was claimed', async () => {
  const find = vi.fn<() => Promise<null>>().mockRejectedValueOnce(new Error('away')).mockResolvedValue(null);

  const parts = await collect(guarded(new ScriptedModel([say('hello')]), find).stream(request));

  expect(parts).toContainEqual({ type: 'text-delta', text: 'hello' });
  expect(find).toHaveBeenCalledTimes(2);
});

it('asks no model while a budget cannot be read', async () => {
  const model = new ScriptedModel([say('hello')]);

  const answer = collect(guarded(model, () => Promise.reject(new Error('away'))).stream(request));

  await expect(answer).rejects.toThrow('away');
  expect(model.requests).toEqual([]);
});

it('asks once a second at most whether a user without a budget has one', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const find = vi.fn<() => Promise<null>>().mockResolvedValue(null);
  const model = guarded(new ScriptedModel([say('hello')]), find);

  await collect(model.stream(request));
  await collect(model.stream(request));
  expect(find).toHaveBeenCalledTimes(1);

  vi.advanceTimersByTime(1_000);
  await collect(model.stream(request));
  expect(find).toHaveBeenCalledTimes(2);
});

const NOW = new Date('2026-11-30T23:59:00Z');
const reserved = (runId: string, until: string, tokens = 1): Reservation => ({
  callId: `${runId}-1-1`,
  runId,
  amount: { tokens, cost: 0 },
  until: new Date(until),
});

/** A user who may take 1,000 tokens a month. There is room for a call as often as `fits` says. */
function limited(
  reservations: readonly Reservation[],
  fits: boolean[],
  spent = 0,
  { maxCost, cost }: { maxCost: number | null; cost: number } = { maxCost: null, cost: 0 },
) {
  let held = reservations;
  const asked: Reservation[] = [];
  const settled: unknown[] = [];
  const budgets = {
    find: (): Promise<BudgetAccount> =>
      Promise.resolve({
        subject: { kind: 'USER', id: 'usr_a' },
        maxTokens: 1_000,
        maxCost,
        spent: { tokens: spent, cost },
        reservations: held,
      }),
    reserve: (_subject: object, _month: string, reservation: Reservation) => {
      asked.push(reservation);
      return Promise.resolve(fits.shift() ?? false);
    },
    settle: (_subject: object, settlement: object) => Promise.resolve(void settled.push(settlement)),
    release: (_subject: object, callIds: readonly string[]) => {
      held = held.filter(({ callId }) => !callIds.includes(callId));
      return Promise.resolve();
    },
  };
  const needs = {
    clock: { now: () => NOW },
    budgets,
    usage: { findMany: () => Promise.resolve([]) },
    runs: {
      findMany: () =>
        Promise.resolve([
          { id: 'run_going', status: 'RUNNING' },
          { id: 'run_ended', status: 'COMPLETED' },
        ]),
    },
    settings: { runs: { maxDurationMs: 60_000 } },
  } as unknown as Needs;
  const budget = new RunBudget(needs, { id: 'run_a', userId: 'usr_a' });
  const facts = { contextWindow: null, inputPrice: null, outputPrice: null } as Model;
  const question = {
    ...request,
    messages: [{ role: 'user' as const, text: 'word '.repeat(90) }],
    maxOutputTokens: 100,
  };
  const ask = () => collect(budget.guard(new ScriptedModel([say('hello')]), facts).stream(question));
  return { budget, ask, asked, settled, held: () => held.map(({ runId }) => runId) };
}

const [EARLIER, LATER] = ['2026-11-30T23:00:00Z', '2026-12-01T01:00:00Z'];

it('reserves for longer than a run may last, and for more than is estimated', async () => {
  const { ask, asked } = limited([], [true]);

  await ask();

  const estimated = 90 * (4 / 3) + 4;
  expect(asked).toEqual([
    {
      callId: 'run_a-0-1',
      runId: 'run_a',
      amount: { tokens: 100 + 1.5 * estimated, cost: 0 },
      until: new Date(NOW.getTime() + 60_000 + 180_000),
    },
  ]);
});

it('books what a call took once, in the month in which it ended, and nothing that was not reserved', async () => {
  const { ask, budget, settled } = limited([], [true]);
  await ask();

  for (const attempt of [1, 1, 2]) await budget.settle({ step: 0, attempt }, usageOf(10, 5));

  expect(settled).toEqual([{ callId: 'run_a-0-1', took: { tokens: 15, cost: 0 }, month: '2026-11' }]);
});

it('frees what those hold whose time is up, and, where there is no room, those who have ended; never what goes on', async () => {
  const all = [reserved('run_lost', EARLIER), reserved('run_ended', LATER), reserved('run_going', LATER)];
  const [roomy, full] = [limited(all, [true]), limited(all, [false, true])];

  await roomy.ask();
  await full.ask();

  expect(roomy.held()).toEqual(['run_ended', 'run_going']);
  expect(full.held()).toEqual(['run_going']);
});

it.each([
  ['with what goes on, so that it may fit later', 500, true],
  ['without it, so that it will not', 950, false],
])('refuses what does not fit %s', async (_why, spent, isRetryable) => {
  const { ask } = limited([reserved('run_going', LATER, 400)], [], spent);

  await expect(ask()).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED', details: { isRetryable } });
});

it('says of what costs nothing that it may fit later, although more dollars were spent than there are', async () => {
  const { ask } = limited([reserved('run_going', LATER, 400)], [], 500, { maxCost: 1, cost: 2 });

  await expect(ask()).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED', details: { isRetryable: true } });
});
