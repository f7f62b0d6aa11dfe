import { expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { runAgent } from '../kit/agents.js';
import { say, ScriptedModel, type ScriptedAnswer } from '../kit/scripted-model.js';

const failing = (...answer: ScriptedAnswer) => new ScriptedModel([answer]);
const overloaded = new AppError('UPSTREAM_RATE_LIMITED', 'not now');

it('is asked when the first model fails before it has said anything', async () => {
  const { events, types } = await runAgent([failing(overloaded), new ScriptedModel([say('hi')])]);

  expect(types).toEqual(['step-started', 'model-called', 'model-changed', 'text-delta', 'model-called']);
  expect(events[2]).toEqual({
    type: 'model-changed',
    from: 'model-1',
    to: 'model-2',
    reason: 'UPSTREAM_RATE_LIMITED',
  });
  expect(
    events.flatMap((event) => (event.type === 'model-called' ? [[event.modelId, event.attempt, event.outcome]] : [])),
  ).toEqual([
    ['mod_1', 1, 'FAILED'],
    ['mod_2', 2, 'COMPLETED'],
  ]);
});

it('voids what the first model has said, and books what it took', async () => {
  const { events, types } = await runAgent([
    failing({ type: 'text-delta', text: 'half an' }, overloaded),
    new ScriptedModel([say('hi')]),
  ]);

  expect(types).toEqual([
    'step-started',
    'text-delta',
    'model-called',
    'step-reset',
    'model-changed',
    'text-delta',
    'model-called',
  ]);
  expect(events[2]).toMatchObject({ outcome: 'FAILED', usage: { outputTokens: 2, isEstimated: true } });
});

it('fails the run, where it is the last, as it failed itself', async () => {
  const last = new AppError('UPSTREAM_TIMEOUT', 'too slow');

  expect((await runAgent([failing(overloaded), failing(last)])).thrown).toBe(last);
});

it('is not asked to hide a fault of ours', async () => {
  const bug = new TypeError('oops');

  expect((await runAgent([failing(bug), new ScriptedModel([say('hi')])])).thrown).toBe(bug);
});
