import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../src/base/errors.js';
import type { AgentEvent } from '../../src/domain/agent/agent-event.js';
import { askModel } from '../../src/domain/agent/ask-model.js';
import type { Candidate } from '../../src/domain/agent/attempt.js';
import { estimateInput } from '../../src/domain/agent/estimate-usage.js';
import type { LanguageModel, ModelMessage, ModelPart } from '../../src/domain/models/language-model.js';
import { withToolMode } from '../../src/domain/models/tool-modes.js';
import { defineTool } from '../../src/domain/tools/tool.js';
import { say, ScriptedModel, usageOf, type ScriptedAnswer } from '../kit/scripted-model.js';

const candidateOf = (model: LanguageModel, more: Partial<Candidate> = {}): Candidate => ({
  modelId: 'mod_a',
  modelName: 'a',
  model,
  temperature: null,
  maxOutputTokens: null,
  inputRoom: 1_000_000,
  ...more,
});

const HELLO: ModelMessage[] = [{ role: 'user', text: 'hi' }];

async function ask(candidates: readonly Candidate[], messages = HELLO, step = 1) {
  const progress = { charsLeft: 1_000_000, callIds: new Set<string>() };
  const asking = askModel(candidates, { messages, tools: [TOOL], step, progress }, new AbortController().signal);
  const events: AgentEvent[] = [];
  try {
    for (;;) {
      const { value, done } = await asking.next();
      if (done) return { events, answer: value, failure: null };
      events.push(value);
    }
  } catch (failure) {
    return { events, answer: null, failure };
  }
}

const TOOL = defineTool({
  name: 'look',
  alias: 'Looker',
  description: 'Looks.',
  outputCondition: 'Always.',
  parameters: z.object({}),
  run: () => 'seen',
});

const auto = (script: readonly ScriptedAnswer[]) =>
  withToolMode(new ScriptedModel(script), { toolMode: 'AUTO', detectedToolMode: null }, () => {});
const emptyCall: ScriptedAnswer = [{ type: 'finish', reason: 'tool-calls', usage: usageOf(10, 1) }];
const unsaid: ScriptedAnswer = [
  { type: 'text-delta', text: 'hello' },
  { type: 'finish', reason: 'stop', usage: null },
];
const usages = (events: readonly AgentEvent[]) =>
  events.flatMap((event) => (event.type === 'model-called' ? [[event.outcome, event.usage]] : []));

describe('what a way to offer tools took that did not work', () => {
  /** The first empty call is an answer without a word, which is asked for again. */
  const EMPTY = ['FAILED', usageOf(10, 1)];

  it('counts beside what the next one took', async () => {
    const { events, answer } = await ask([candidateOf(auto([emptyCall, emptyCall, say('hello')]))]);

    expect(answer?.text).toBe('hello');
    expect(usages(events)).toEqual([EMPTY, ['COMPLETED', usageOf(20, 2)]]);
  });

  it('counts beside what all others took before', async () => {
    const { events } = await ask([candidateOf(auto([emptyCall, emptyCall, emptyCall, say('hello')]))]);

    expect(usages(events)).toEqual([EMPTY, ['COMPLETED', usageOf(30, 3)]]);
  });

  it('counts also where the next one does not say what it took, or fails', async () => {
    const said = await ask([candidateOf(auto([emptyCall, emptyCall, unsaid]))]);
    expect(usages(said.events)).toMatchObject([EMPTY, ['COMPLETED', { outputTokens: 3, isEstimated: true }]]);

    const failed = await ask([candidateOf(auto([emptyCall, emptyCall, [new AppError('UPSTREAM_FAILED', 'away')]]))]);
    expect(usages(failed.events)).toEqual([EMPTY, ['FAILED', { ...usageOf(10, 1), isEstimated: true }]]);
  });

  it('counts also where the budget does not allow the next one', async () => {
    const exceeded = new AppError('BUDGET_EXCEEDED', 'spent');

    const { events, failure } = await ask([candidateOf(auto([emptyCall, emptyCall, [exceeded]]))]);

    expect(failure).toBe(exceeded);
    expect(usages(events)).toEqual([EMPTY, ['FAILED', { ...usageOf(10, 1), isEstimated: true }]]);
    expect(usages((await ask([candidateOf(auto([[exceeded]]))])).events)).toEqual([]);
  });
});

it('makes reasoning of text that was a thought', async () => {
  const parts: ScriptedAnswer = [{ type: 'text-delta', text: 'hm' }, { type: 'text-was-thought' }, ...say('hello')];

  const { events, answer } = await ask([candidateOf(auto([parts]))]);

  expect(answer).toMatchObject({ text: 'hello', reasoning: 'hm' });
  expect(events.slice(1, -1)).toEqual([
    { type: 'text-delta', text: 'hm' },
    { type: 'step-reset', step: 1 },
    { type: 'reasoning-delta', text: 'hm' },
    { type: 'text-delta', text: 'hello' },
  ]);
});

it('asks once more after a call without a name, then in another way, and voids what was thought before', async () => {
  const thought: ModelPart = { type: 'reasoning-delta', text: 'hm' };
  const script = [[thought, ...emptyCall], [thought, ...emptyCall], say('hello')];

  const { events, answer } = await ask([candidateOf(auto(script))]);

  expect(answer).toMatchObject({ text: 'hello', reasoning: '' });
  expect(events.map(({ type }) => type)).toEqual([
    'step-started',
    'reasoning-delta',
    'model-called',
    'step-reset',
    'reasoning-delta',
    'step-reset',
    'tool-mode-changed',
    'text-delta',
    'model-called',
  ]);
});

it('fails by name where no way is left after empty calls', async () => {
  const known = { toolMode: 'AUTO', detectedToolMode: 'REACT' } as const;
  const model = withToolMode(new ScriptedModel([emptyCall]), known, () => {});

  const { failure } = await ask([candidateOf(model)]);

  expect(failure).toMatchObject({ code: 'UPSTREAM_FAILED', details: { isRetryable: true } });
});

it('passes over a call without a name beside what a model says, in a way that has worked before', async () => {
  const nameless: ModelPart = { type: 'tool-call', call: { id: 'call_a', name: '', argumentsText: '{}' } };
  const script = [[{ type: 'text-delta' as const, text: 'Hello. ' }, nameless, ...say('Bye.')]];
  const model = withToolMode(new ScriptedModel(script), { toolMode: 'AUTO', detectedToolMode: 'TOOLS' }, () => {});

  const { answer } = await ask([candidateOf(model)]);

  expect(answer).toMatchObject({ text: 'Hello. Bye.', toolCalls: [] });
});

describe('a question that does not fit into the window of who is asked', () => {
  const output = (text: string, id: string): ModelMessage[] => [
    { role: 'assistant', text: '', toolCalls: [{ id, name: 'look', argumentsText: '{}' }] },
    { role: 'tool', callId: id, name: 'look', text },
  ];
  const long = 'word '.repeat(3_000);
  const asked = async (messages: readonly ModelMessage[], inputRoom: number, step = 2) => {
    const model = new ScriptedModel([say('hello')]);
    await ask([candidateOf(model, { inputRoom })], [...messages], step);
    return model.requests[0]!;
  };
  const lengths = (messages: readonly ModelMessage[]) =>
    messages.flatMap(({ role, text }) => (role === 'tool' ? [text.length] : []));

  it('is told with shorter outputs of tools, the oldest first', async () => {
    const messages = [...HELLO, ...output(long, 'a'), ...output(long, 'b'), ...output(long, 'c')];

    const request = await asked(messages, 9_500);

    expect(estimateInput(request)).toBeLessThanOrEqual(9_500);
    expect(lengths(request.messages)).toEqual([expect.toSatisfy((n: number) => n < 10_000), 15_000, 15_000]);
    expect(request.messages.map(({ role }) => role)).toEqual(messages.map(({ role }) => role));
  });

  it('shortens also what was returned last where nothing else helps', async () => {
    const request = await asked([...HELLO, ...output(long, 'a'), ...output(long, 'b')], 2_500);

    expect(estimateInput(request)).toBeLessThanOrEqual(2_500);
    expect(lengths(request.messages)[1]).toBeGreaterThan(5_000);
  });

  it('leaves out the oldest turns then, but never who it is, what is asked, or what was done since', async () => {
    const turn = (n: number): ModelMessage[] => [
      { role: 'user', text: `question ${n} ${'word '.repeat(300)}` },
      { role: 'assistant', text: `answer ${n}`, toolCalls: [] },
    ];
    const now: ModelMessage[] = [{ role: 'user', text: 'now?' }, ...output('seen', 'a')];
    const system: ModelMessage = { role: 'system', text: 'Be kind.' };

    const { messages } = await asked([system, ...turn(1), ...turn(2), ...turn(3), ...now], 900);

    expect(messages).toEqual([system, ...turn(2), ...turn(3), ...now]);
    expect((await asked([system, ...turn(1), ...now], 10)).messages).toEqual([system, ...now]);
  });

  it('is fitted for a model that stands in, also in the first step', async () => {
    const small = new ScriptedModel([say('hello')]);
    const away = new ScriptedModel([[new AppError('UPSTREAM_FAILED', 'away')]]);
    const messages = [...HELLO, ...output(long, 'a')];

    await ask([candidateOf(away), candidateOf(small, { inputRoom: 1_000 })], messages);

    expect(away.requests[0]?.messages).toEqual(messages);
    expect(estimateInput(small.requests[0]!)).toBeLessThanOrEqual(1_000);
  });

  it('keeps a summary of what it leaves out', async () => {
    const summary: ModelMessage[] = [
      { role: 'user', text: 'A summary', isSummary: true },
      { role: 'assistant', text: 'I remember.', toolCalls: [] },
    ];
    const old: ModelMessage[] = [
      { role: 'user', text: 'word '.repeat(500) },
      { role: 'assistant', text: 'yes', toolCalls: [] },
    ];

    expect((await asked([...summary, ...old, ...HELLO], 100)).messages).toEqual([...summary, ...HELLO]);
  });

  it('is told with less, as long as the service finds it too long and it can be made shorter', async () => {
    const turns = Array.from({ length: 8 }, (_, n): ModelMessage[] => [
      { role: 'user', text: `question ${n} ${'word '.repeat(100)}` },
      { role: 'assistant', text: `answer ${n}`, toolCalls: [] },
    ]).flat();
    const tooLong: ScriptedAnswer = [new AppError('UPSTREAM_REFUSED', 'no', { isTooLong: true })];
    const model = new ScriptedModel([tooLong, tooLong, say('hello')]);

    const { answer, events } = await ask([candidateOf(model)], [...turns, ...HELLO]);

    expect(answer?.text).toBe('hello');
    expect(model.requests.map(({ messages }) => messages.length)).toEqual([17, 9, 5]);
    expect(usages(events).map(([outcome]) => outcome)).toEqual(['FAILED', 'FAILED', 'COMPLETED']);

    const small = new ScriptedModel([tooLong]);
    expect(await ask([candidateOf(small)])).toMatchObject({ failure: { code: 'UPSTREAM_REFUSED' } });
    expect(small.requests).toHaveLength(1);
  });

  it('is told with no more outputs shortened than must be, and with none that would only get longer', async () => {
    const messages = [...HELLO, ...output('x'.repeat(1_005), 'a'), ...output(long, 'b'), ...output(long, 'c')];

    const request = await asked(messages, 6_200);

    expect(estimateInput(request)).toBeLessThanOrEqual(6_200);
    expect(lengths(request.messages)).toEqual([1_005, expect.toSatisfy((n: number) => n < 15_000), 15_000]);
  });

  it('is told with shorter outputs where the service finds them too long', async () => {
    const tooLong: ScriptedAnswer = [new AppError('UPSTREAM_REFUSED', 'no', { isTooLong: true })];
    const model = new ScriptedModel([tooLong, say('hello')]);

    const { answer } = await ask([candidateOf(model)], [...HELLO, ...output(long, 'a')]);

    expect(answer?.text).toBe('hello');
    expect(lengths(model.requests[1]!.messages)).toEqual([expect.toSatisfy((n: number) => n < 10_000)]);
  });

  it('is counted where an estimate comes near its end', async () => {
    const model = new ScriptedModel([say('hello')]);
    const countTokens = async (texts: readonly string[]) => texts.map((text) => text.length);
    const messages = [...HELLO, ...output(long, 'a')];

    await ask([candidateOf(model, { inputRoom: 6_000, countTokens })], messages, 2);

    expect(lengths(model.requests[0]!.messages)[0]).toBeLessThan(6_000);
  });

  it('is told as it is where it fits', async () => {
    const messages = [...HELLO, ...output(long, 'a')];

    expect((await asked(messages, 100_000)).messages).toEqual(messages);
  });
});
