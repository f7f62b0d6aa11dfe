import { expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { outputsOf, runAgent, toolOf } from '../kit/agents.js';
import { call, say, ScriptedModel, usageOf, type ScriptedAnswer } from '../kit/scripted-model.js';

it('answers at once when no tool is needed', async () => {
  const { events, result } = await runAgent(new ScriptedModel([say('hel', 'lo')]));

  expect(result).toEqual({ stopReason: 'ANSWER', steps: 1 });
  expect(events).toEqual([
    { type: 'step-started', step: 1 },
    { type: 'text-delta', text: 'hel' },
    { type: 'text-delta', text: 'lo' },
    {
      type: 'model-called',
      modelId: 'mod_1',
      modelName: 'model-1',
      step: 1,
      attempt: 1,
      outcome: 'COMPLETED',
      usage: usageOf(10, 2),
    },
  ]);
});

it('shows the model what its tool answered, and ends when it answers in words', async () => {
  const model = new ScriptedModel([call({ id: 'c1', name: 'double', args: { n: 21 } }), say('42')]);

  const { types, result } = await runAgent(model);

  expect(result).toEqual({ stopReason: 'ANSWER', steps: 2 });
  expect(types).toEqual([
    'step-started',
    'model-called',
    'tool-call-started',
    'tool-call-finished',
    'step-started',
    'text-delta',
    'model-called',
  ]);
  expect(model.requests[1]?.messages.slice(1)).toEqual([
    { role: 'assistant', text: '', toolCalls: [{ id: 'c1', name: 'double', argumentsText: '{"n":21}' }] },
    { role: 'tool', callId: 'c1', name: 'double', text: '42' },
  ]);
});

it('says so where the answer was cut at the largest size that the model may write', async () => {
  const cut: ScriptedAnswer = [
    { type: 'text-delta', text: 'Once upon' },
    { type: 'finish', reason: 'length', usage: usageOf(10, 2) },
  ];

  expect((await runAgent(new ScriptedModel([cut]))).result).toEqual({ stopReason: 'LENGTH', steps: 1 });
});

it('fails by name where the service withholds the answer, and books what it took', async () => {
  const withheld: ScriptedAnswer = [
    { type: 'text-delta', text: 'Once upon' },
    { type: 'finish', reason: 'content-filter', usage: usageOf(10, 2) },
  ];

  const { events, thrown } = await runAgent(new ScriptedModel([withheld]));

  expect(thrown).toMatchObject({ code: 'UPSTREAM_REFUSED' });
  expect(events.at(-1)).toMatchObject({ type: 'model-called', usage: usageOf(10, 2) });
});

it('tells the model again what it said and thought before it called a tool', async () => {
  const before: ScriptedAnswer = [
    { type: 'reasoning-delta', text: 'Twice one.' },
    { type: 'text-delta', text: 'Let me see.' },
  ];
  const model = new ScriptedModel([[...before, ...call({ id: 'c1', name: 'double', args: { n: 1 } })], say('2')]);

  await runAgent(model);

  expect(model.requests[1]?.messages[1]).toMatchObject({ text: 'Let me see.', reasoning: 'Twice one.' });
});

it('takes calls of other tools with the same arguments for no loop', async () => {
  const names = ['one', 'two', 'three'];
  const calls = names.map((name) => call({ id: name, name, args: {} }));

  const { result } = await runAgent(new ScriptedModel([...calls, say('done')]), {
    tools: names.map((name) => toolOf(name, () => name)),
  });

  expect(result).toEqual({ stopReason: 'ANSWER', steps: 4 });
});

it('asks once more without tools when its steps are used up', async () => {
  const endless = Array.from({ length: 4 }, (_, i) => call({ id: `c${i}`, name: 'double', args: { n: i } }));
  const model = new ScriptedModel([...endless, say('that is all I found')]);

  const { result } = await runAgent(model, { maxSteps: 4 });

  expect(result).toEqual({ stopReason: 'STEP_LIMIT', steps: 5 });
  expect(model.requests.map(({ tools }) => tools.length)).toEqual([1, 1, 1, 1, 0]);
});

it('does not run the same call a third time, and has the model answer without tools', async () => {
  const model = new ScriptedModel([
    ...Array.from({ length: 3 }, (_, i) => call({ id: `c${i}`, name: 'double', args: { n: 1 } })),
    say('2'),
  ]);

  const outcome = await runAgent(model, { maxSteps: 8 });

  expect(outcome.result).toEqual({ stopReason: 'TOOL_LOOP', steps: 4 });
  expect(outputsOf(outcome).map(([status]) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'FAILED']);
  expect(model.requests.at(-1)?.tools).toEqual([]);
});

it('fails by name if a model still calls tools when it has none, and says nothing', async () => {
  const model = new ScriptedModel([call({ id: 'c', name: 'double', args: { n: 1 } })]);

  const { thrown } = await runAgent(model, { maxSteps: 2 });

  expect(thrown).toMatchObject({ code: 'UPSTREAM_FAILED' });
  expect(model.requests.map(({ tools }) => tools.length)).toEqual([1, 1, 0, 0]);
});

it('puts a call of the model that fails into the books, and throws what the model threw', async () => {
  const failure = new AppError('UPSTREAM_FAILED', 'gone');

  const { events, thrown } = await runAgent(
    new ScriptedModel([[{ type: 'text-delta', text: 'half an answer' }, failure]]),
  );

  expect(thrown).toBe(failure);
  expect(events.at(-1)).toMatchObject({
    type: 'model-called',
    outcome: 'FAILED',
    usage: { isEstimated: true, outputTokens: 4 },
  });
});

it('does not take a stream for complete that ends without saying so', async () => {
  const { thrown } = await runAgent(new ScriptedModel([[{ type: 'text-delta', text: 'half' }]]));

  expect(thrown).toMatchObject({ code: 'UPSTREAM_FAILED', details: { isRetryable: true } });
});

it('stops at once when it is aborted, even while a tool does not listen', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const stuck = toolOf('stuck', () => (stop.abort(reason), new Promise<string>(() => {})));
  const model = new ScriptedModel([call({ id: 'c', name: 'stuck', args: {} })]);

  expect((await runAgent(model, { tools: [stuck], signal: stop.signal })).thrown).toBe(reason);
});
