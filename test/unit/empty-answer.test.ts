import { expect, it } from 'vitest';
import type { AgentEvent } from '../../src/domain/agent/agent-event.js';
import { askModel } from '../../src/domain/agent/ask-model.js';
import type { Answer } from '../../src/domain/agent/attempt.js';
import { call, say, ScriptedModel, usageOf, type ScriptedAnswer } from '../kit/scripted-model.js';

const nothing: ScriptedAnswer = [{ type: 'finish', reason: 'stop', usage: usageOf(10, 1) }];
const thoughts: ScriptedAnswer = [
  { type: 'reasoning-delta', text: 'hm' },
  { type: 'text-delta', text: '\n' },
  ...nothing,
];

/** Asks the models, the first of which was chosen, without tools. */
async function ask(...models: ScriptedModel[]) {
  const candidates = models.map((model, place) => ({
    modelId: `mod_${place + 1}`,
    modelName: `model-${place + 1}`,
    model,
    temperature: null,
    maxOutputTokens: null,
    inputRoom: 10_000,
  }));
  const question = {
    messages: [{ role: 'user', text: 'hi' }] as const,
    tools: [],
    step: 1,
    progress: { charsLeft: 1_000, callIds: new Set<string>() },
  };
  const asking = askModel(candidates, question, new AbortController().signal);
  const events: AgentEvent[] = [];
  let answer: Answer | null = null;
  let failure: unknown = null;
  try {
    let next = await asking.next();
    for (; !next.done; next = await asking.next()) events.push(next.value);
    answer = next.value;
  } catch (error) {
    failure = error;
  }
  return {
    text: answer?.text,
    failure,
    shown: events.map(({ type }) => type).filter((type) => type !== 'model-called'),
    booked: events.flatMap((event) =>
      event.type === 'model-called' ? [[event.modelName, event.attempt, event.outcome, event.usage.inputTokens]] : [],
    ),
  };
}

it('is asked for again, without a word to the reader, and both calls are booked', async () => {
  expect(await ask(new ScriptedModel([nothing, say('hi')]))).toEqual({
    text: 'hi',
    failure: null,
    shown: ['step-started', 'text-delta'],
    booked: [
      ['model-1', 1, 'FAILED', 10],
      ['model-1', 2, 'COMPLETED', 10],
    ],
  });
});

it('is void with what was thought on the way to it', async () => {
  const { text, shown } = await ask(new ScriptedModel([thoughts, say('hi')]));

  expect([text, shown]).toEqual(['hi', ['step-started', 'reasoning-delta', 'text-delta', 'step-reset', 'text-delta']]);
});

it.each([
  ['a second time', nothing],
  ['in calls of tools that were not offered', call({ id: 'c', name: 'double', args: {} })],
])('is a failure of the service, and never an answer: %s', async (_how, answer) => {
  const model = new ScriptedModel([answer]);

  const { failure, booked } = await ask(model);

  expect(failure).toMatchObject({ code: 'UPSTREAM_FAILED', details: { isRetryable: true } });
  expect(model.requests).toHaveLength(2);
  expect(booked.map(([, attempt, outcome]) => [attempt, outcome])).toEqual([
    [1, 'FAILED'],
    [2, 'FAILED'],
  ]);
});

it('leaves the question to the model that stands in, after the second time', async () => {
  const { text, booked } = await ask(new ScriptedModel([nothing]), new ScriptedModel([nothing, say('hi')]));

  expect(text).toBe('hi');
  expect(booked.map(([modelName, attempt, outcome]) => [modelName, attempt, outcome])).toEqual([
    ['model-1', 1, 'FAILED'],
    ['model-1', 2, 'FAILED'],
    ['model-2', 3, 'FAILED'],
    ['model-2', 4, 'COMPLETED'],
  ]);
});

it('is an answer all the same where no tokens were left for a word: the finish reason says so', async () => {
  const exhausted: ScriptedAnswer = [{ type: 'finish', reason: 'length', usage: usageOf(10, 1_000) }];

  expect(await ask(new ScriptedModel([exhausted]))).toMatchObject({ text: '', failure: null });
});
