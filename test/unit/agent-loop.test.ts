import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../src/base/errors.js';
import type { AgentEvent, AgentResult } from '../../src/domain/agent/agent-event.js';
import { agentLoop } from '../../src/domain/agent/agent-loop.js';
import { answerSchema } from '../../src/domain/agent/answer-schema.js';
import type { Candidate } from '../../src/domain/agent/ask-model.js';
import { MAX_CALLS_PER_STEP, MAX_TOOL_OUTPUT_CHARS } from '../../src/domain/agent/tool-calls.js';
import type { LanguageModel } from '../../src/domain/models/language-model.js';
import { defineTool } from '../../src/domain/tools/tool.js';
import { call, say, ScriptedModel, usageOf, type ScriptedAnswer } from '../kit/scripted-model.js';

const double = defineTool({
  name: 'double',
  alias: 'Doubler',
  description: 'Doubles a number.',
  outputCondition: 'Answer with the number.',
  parameters: z.object({ n: z.number() }),
  run: ({ n }) => String(n * 2),
});
const broken = defineTool({
  ...double,
  parameters: z.object({}),
  name: 'broken',
  run: () => Promise.reject(new AppError('UPSTREAM_FAILED', 'out of order')),
});
const verbose = defineTool({
  ...double,
  parameters: z.object({}),
  name: 'verbose',
  run: () => 'x'.repeat(MAX_TOOL_OUTPUT_CHARS + 1),
});
const deaf = defineTool({
  ...double,
  parameters: z.object({}),
  name: 'deaf',
  timeoutMs: 20,
  run: () => new Promise<string>(() => {}),
});

const candidateOf = (model: LanguageModel, modelName = 'scripted'): Candidate => ({
  modelId: `mod_${modelName}`,
  modelName,
  model,
  temperature: null,
  maxOutputTokens: null,
  inputRoom: 1_000_000,
});

const history = [{ role: 'user', text: 'hi' }] as const;

async function run(model: LanguageModel, { signal = new AbortController().signal, maxSteps = 4 } = {}) {
  const agent = {
    candidates: () => Promise.resolve([candidateOf(model)]),
    tools: [double, broken, verbose, deaf],
    maxSteps,
    answerSchema: null,
  };
  const loop = agentLoop(agent, history, { userId: 'u', conversationId: 'c', runId: 'r', signal });
  const events: AgentEvent[] = [];
  let result: AgentResult | undefined;
  let thrown: unknown;
  try {
    for (;;) {
      const { value, done } = await loop.next();
      if (done) {
        result = value;
        break;
      }
      events.push(value);
    }
  } catch (error) {
    thrown = error;
  }
  return { events, result, thrown, types: events.map(({ type }) => type) };
}

const outputs = (events: readonly AgentEvent[]) =>
  events.flatMap((event) => (event.type === 'tool-call-finished' ? [[event.status, event.output]] : []));

it('answers at once when no tool is needed', async () => {
  const { events, result } = await run(new ScriptedModel([say('hel', 'lo')]));

  expect(result).toEqual({ stopReason: 'ANSWER', steps: 1 });
  expect(events).toEqual([
    { type: 'step-started', step: 1 },
    { type: 'text-delta', text: 'hel' },
    { type: 'text-delta', text: 'lo' },
    {
      type: 'model-called',
      modelId: 'mod_scripted',
      modelName: 'scripted',
      step: 1,
      attempt: 1,
      outcome: 'COMPLETED',
      usage: usageOf(10, 2),
    },
  ]);
});

it('shows the model what its tool answered, and ends when it answers in words', async () => {
  const model = new ScriptedModel([call({ id: 'c1', name: 'double', args: { n: 21 } }), say('42')]);

  const { types, result } = await run(model);

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

it('runs the calls of one step side by side, and tells the model in the order in which it asked', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const slow = defineTool({
    ...double,
    parameters: z.object({}),
    name: 'slow',
    run: () => gate.then(() => 'slow is done'),
  });
  const opener = defineTool({ ...double, parameters: z.object({}), name: 'opener', run: () => (release(), 'opened') });
  const model = new ScriptedModel([
    call({ id: 'a', name: 'slow', args: {} }, { id: 'b', name: 'opener', args: {} }),
    say('done'),
  ]);
  const agent = {
    candidates: () => Promise.resolve([candidateOf(model)]),
    tools: [slow, opener],
    maxSteps: 2,
    answerSchema: null,
  };

  const seen: string[] = [];
  for await (const event of agentLoop(agent, history, {
    userId: 'u',
    conversationId: 'c',
    runId: 'r',
    signal: new AbortController().signal,
  })) {
    if ('callId' in event) seen.push(`${event.type} ${event.callId}`);
  }

  expect(seen).toEqual(['tool-call-started a', 'tool-call-started b', 'tool-call-finished b', 'tool-call-finished a']);
  expect(model.requests[1]?.messages.slice(2).map((message) => message.text)).toEqual(['slow is done', 'opened']);
});

it.each<[string, ScriptedAnswer, string | RegExp]>([
  [
    'an unknown tool',
    call({ id: 'c', name: 'nothing', args: {} }),
    /There is no tool named nothing\. There are: double, broken/,
  ],
  [
    'arguments that are not JSON',
    call({ id: 'c', name: 'double', args: '{"n":' }),
    'The arguments are not valid JSON. Call the tool again with a JSON object.',
  ],
  [
    'arguments of the wrong type',
    call({ id: 'c', name: 'double', args: { n: 'x' } }),
    /^The arguments are not valid: .*expected number/s,
  ],
  ['a tool that throws', call({ id: 'c', name: 'broken', args: {} }), 'out of order'],
  [
    'a tool that does not answer',
    call({ id: 'c', name: 'deaf', args: {} }),
    'The tool did not answer within 0.02 seconds.',
  ],
])('tells the model of %s, and goes on', async (_name, answer, told) => {
  const model = new ScriptedModel([answer, say('sorry')]);

  const { events, result } = await run(model);

  expect(outputs(events)).toEqual([['FAILED', typeof told === 'string' ? told : expect.stringMatching(told)]]);
  expect(model.requests[1]?.messages.at(-1)?.text).toEqual(outputs(events)[0]?.[1]);
  expect(result?.stopReason).toBe('ANSWER');
});

it('does not tell the model what a tool threw that nobody foresaw, but hands it on for the log', async () => {
  const bug = new TypeError('mongodb://root:secret@db');
  const buggy = defineTool({ ...double, parameters: z.object({}), name: 'double', run: () => Promise.reject(bug) });
  const model = new ScriptedModel([call({ id: 'c', name: 'double', args: {} }), say('sorry')]);
  const agent = {
    candidates: () => Promise.resolve([candidateOf(model)]),
    tools: [buggy],
    maxSteps: 2,
    answerSchema: null,
  };
  const events: AgentEvent[] = [];
  const context = { userId: 'u', conversationId: 'c', runId: 'r', signal: new AbortController().signal };
  for await (const event of agentLoop(agent, history, context)) events.push(event);

  expect(events.find(({ type }) => type === 'tool-call-finished')).toMatchObject({ status: 'FAILED', fault: bug });
  expect(JSON.stringify(model.requests)).not.toContain('secret');
});

it('cuts what a tool returns at the limit, and says so', async () => {
  const { events } = await run(new ScriptedModel([call({ id: 'c', name: 'verbose', args: {} }), say('long')]));

  const finished = events.find(({ type }) => type === 'tool-call-finished');
  expect(finished).toMatchObject({ status: 'SUCCEEDED', isTruncated: true, output: 'x'.repeat(MAX_TOOL_OUTPUT_CHARS) });
});

it('asks once more without tools when its steps are used up', async () => {
  const endless = Array.from({ length: 4 }, (_, i) => call({ id: `c${i}`, name: 'double', args: { n: i } }));
  const model = new ScriptedModel([...endless, say('that is all I found')]);

  const { result } = await run(model, { maxSteps: 4 });

  expect(result).toEqual({ stopReason: 'STEP_LIMIT', steps: 5 });
  expect(model.requests.map(({ tools }) => tools.length)).toEqual([4, 4, 4, 4, 0]);
});

it('does not run the same call a third time, and has the model answer without tools', async () => {
  const model = new ScriptedModel([
    ...Array.from({ length: 3 }, (_, i) => call({ id: `c${i}`, name: 'double', args: { n: 1 } })),
    say('2'),
  ]);

  const { events, result } = await run(model, { maxSteps: 8 });

  expect(result).toEqual({ stopReason: 'TOOL_LOOP', steps: 4 });
  expect(outputs(events).map(([status]) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'FAILED']);
  expect(model.requests.at(-1)?.tools).toEqual([]);
});

it('fails by name if a model still calls tools when it has none, and says nothing', async () => {
  const model = new ScriptedModel([call({ id: 'c', name: 'double', args: { n: 1 } })]);

  const { thrown } = await run(model, { maxSteps: 2 });

  expect(thrown).toMatchObject({ code: 'UPSTREAM_FAILED' });
  expect(model.requests.map(({ tools }) => tools.length)).toEqual([4, 4, 0, 0]);
});

it('runs no more than so many calls of one step', async () => {
  const calls = Array.from({ length: 50 }, (_, n) => ({ id: `c${n}`, name: 'double', args: { n } }));

  const { events } = await run(new ScriptedModel([call(...calls), say('done')]));

  expect(outputs(events).filter(([status]) => status === 'SUCCEEDED')).toHaveLength(MAX_CALLS_PER_STEP);
  expect(outputs(events)).toHaveLength(50);
});

it('gives every call an id of its own in the run, whatever the service calls it', async () => {
  const model = new ScriptedModel([
    call({ id: 'call_0', name: 'double', args: { n: 1 } }),
    call({ id: 'call_0', name: 'double', args: { n: 2 } }),
    say('ok'),
  ]);

  const { events } = await run(model);

  const ids = events.flatMap((event) => (event.type === 'tool-call-started' ? [event.callId] : []));
  expect(new Set(ids).size).toBe(2);
});

it('puts a call of the model that fails into the books, and throws what the model threw', async () => {
  const failure = new AppError('UPSTREAM_FAILED', 'gone');

  const { events, thrown } = await run(new ScriptedModel([[{ type: 'text-delta', text: 'half an answer' }, failure]]));

  expect(thrown).toBe(failure);
  expect(events.at(-1)).toMatchObject({
    type: 'model-called',
    outcome: 'FAILED',
    usage: { isEstimated: true, outputTokens: 4 },
  });
});

it('does not take a stream for complete that ends without saying so', async () => {
  const { thrown } = await run(new ScriptedModel([[{ type: 'text-delta', text: 'half' }]]));

  expect(thrown).toMatchObject({ code: 'UPSTREAM_FAILED', details: { isRetryable: true } });
});

it('stops at once when it is aborted, even while a tool does not listen', async () => {
  const stop = new AbortController();
  const stuck = defineTool({
    ...double,
    parameters: z.object({}),
    name: 'double',
    run: () => (stop.abort(new Error('enough')), new Promise<string>(() => {})),
  });
  const model = new ScriptedModel([call({ id: 'c', name: 'double', args: {} })]);
  const agent = {
    candidates: () => Promise.resolve([candidateOf(model)]),
    tools: [stuck],
    maxSteps: 2,
    answerSchema: null,
  };
  const loop = agentLoop(agent, history, { userId: 'u', conversationId: 'c', runId: 'r', signal: stop.signal });

  const drained = (async () => {
    for await (const event of loop) void event;
  })();

  await expect(drained).rejects.toThrow('enough');
});

it('serves two users at a time from one set of tools without mixing them', async () => {
  const whoAmI = defineTool({
    ...double,
    parameters: z.object({}),
    name: 'who',
    run: (_args, { userId }) => `you are ${userId}`,
  });
  const agentOf = (model: LanguageModel) => ({
    candidates: () => Promise.resolve([candidateOf(model)]),
    tools: [whoAmI],
    maxSteps: 2,
    answerSchema: null,
  });
  const ask = async (userId: string) => {
    const model = new ScriptedModel([call({ id: 'c', name: 'who', args: {} }), say('ok')]);
    for await (const event of agentLoop(agentOf(model), history, {
      userId,
      conversationId: 'c',
      runId: userId,
      signal: new AbortController().signal,
    }))
      void event;
    return model.requests[1]?.messages.at(-1)?.text;
  };

  expect(await Promise.all([ask('ada'), ask('bob')])).toEqual(['you are ada', 'you are bob']);
});

describe('with a model that stands in', () => {
  const failing = (...answer: ScriptedAnswer): LanguageModel => new ScriptedModel([answer]);
  const overloaded = new AppError('UPSTREAM_RATE_LIMITED', 'not now');

  async function ask(...models: LanguageModel[]) {
    const candidates = models.map((model, place) => candidateOf(model, `model-${place + 1}`));
    const agent = { candidates: () => Promise.resolve(candidates), tools: [double], maxSteps: 2, answerSchema: null };
    const context = { userId: 'u', conversationId: 'c', runId: 'r', signal: new AbortController().signal };
    const events: AgentEvent[] = [];
    const failure = await (async () => {
      for await (const event of agentLoop(agent, history, context)) events.push(event);
    })().catch((error: unknown) => error);
    return { events, failure };
  }

  it('asks it when the first fails before it has said anything', async () => {
    const { events } = await ask(failing(overloaded), new ScriptedModel([say('hi')]));

    expect(events.map(({ type }) => type)).toEqual([
      'step-started',
      'model-called',
      'model-changed',
      'text-delta',
      'model-called',
    ]);
    expect(events[2]).toEqual({
      type: 'model-changed',
      from: 'model-1',
      to: 'model-2',
      reason: 'UPSTREAM_RATE_LIMITED',
    });
    expect(
      events.flatMap((event) => (event.type === 'model-called' ? [[event.modelId, event.attempt, event.outcome]] : [])),
    ).toEqual([
      ['mod_model-1', 1, 'FAILED'],
      ['mod_model-2', 2, 'COMPLETED'],
    ]);
  });

  it('voids what the first has said, and books what it took', async () => {
    const { events } = await ask(
      failing({ type: 'text-delta', text: 'half an' }, overloaded),
      new ScriptedModel([say('hi')]),
    );

    expect(events.map(({ type }) => type)).toEqual([
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

  it('fails as the last one failed', async () => {
    const last = new AppError('UPSTREAM_TIMEOUT', 'too slow');

    expect((await ask(failing(overloaded), failing(last))).failure).toBe(last);
  });

  it('does not hide a fault of ours behind another model', async () => {
    const bug = new TypeError('oops');

    expect(await ask(failing(bug as never), new ScriptedModel([say('hi')]))).toMatchObject({ failure: bug });
  });
});

describe('with a form for the answer', () => {
  const form = answerSchema('responseSchema', {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  });

  async function ask(model: ScriptedModel) {
    const agent = {
      candidates: () => Promise.resolve([candidateOf(model)]),
      tools: [],
      maxSteps: 2,
      answerSchema: form,
    };
    const loop = agentLoop(agent, history, {
      userId: 'u',
      conversationId: 'c',
      runId: 'r',
      signal: new AbortController().signal,
    });
    const types: string[] = [];
    for (;;) {
      const { value, done } = await loop.next();
      if (done) return { types, result: value };
      types.push(value.type);
    }
  }

  it('takes an answer that fits', async () => {
    expect((await ask(new ScriptedModel([say('{"n": 1}')]))).result).toEqual({ stopReason: 'ANSWER', steps: 1 });
  });

  it.each(['{"n": "one"}', 'Here: {"n": 1}', '{"n": 1, "x": 2}'])('voids %j and has it mended', async (answer) => {
    const model = new ScriptedModel([say(answer), say('{"n": 1}')]);

    const { types, result } = await ask(model);

    expect(result).toEqual({ stopReason: 'ANSWER', steps: 2 });
    expect(types).toEqual([
      'step-started',
      'text-delta',
      'model-called',
      'step-reset',
      'step-started',
      'text-delta',
      'model-called',
    ]);
    expect(model.requests[1]?.messages.at(-1)?.text).toMatch(/^Your answer does not fit: /);
  });

  it('gives up after that by name', async () => {
    await expect(ask(new ScriptedModel([say('no'), say('no')]))).rejects.toMatchObject({ code: 'INVALID_OUTPUT' });
  });

  it.each([
    ['no object', 'string'],
    ['an unknown type', { type: 'nonsense' }],
    ['a reference to elsewhere', { $ref: 'https://example.com/schema.json' }],
    ['a pattern that could run without end', { type: 'string', pattern: '(a+)+$' }],
    ['a name that reaches into our objects', JSON.parse('{"properties": {"__proto__": {"type": "string"}}}')],
    ['more than its share', { description: 'x'.repeat(16_001) }],
  ])('refuses a schema that is %s', (_what, schema) => {
    expect(() => answerSchema('responseSchema', schema)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', details: { field: 'responseSchema' } }) as Error,
    );
  });
});
