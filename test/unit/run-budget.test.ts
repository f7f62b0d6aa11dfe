import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import type { LanguageModel, ModelRequest } from '../../src/domain/models/language-model.js';
import type { Model } from '../../src/domain/models/model.js';
import type { Needs } from '../../src/domain/needs.js';
import { RunBudget } from '../../src/domain/runs/run-budget.js';
import { collect } from '../kit/house.js';
import { say, ScriptedModel } from '../kit/scripted-model.js';

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
