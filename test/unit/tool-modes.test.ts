import { expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import type { ModelPart, ModelRequest } from '../../src/domain/models/language-model.js';
import type { ToolMode } from '../../src/domain/models/model.js';
import { withToolMode } from '../../src/domain/models/tool-modes.js';
import { call, say, ScriptedModel, usageOf, type ScriptedAnswer } from '../kit/scripted-model.js';

const request: ModelRequest = {
  messages: [{ role: 'user', text: 'time?' }],
  tools: [{ name: 'time_now', description: 'Tells the time.', parameters: {} }],
  temperature: null,
  maxOutputTokens: null,
  requests: { left: 8 },
  signal: new AbortController().signal,
};

const noTools = new AppError('UPSTREAM_FAILED', 'no', { hasRefusedTools: true });
const noFunctions = new AppError('UPSTREAM_REFUSED', 'no', { hasRefusedTools: true });
const emptyCall: ScriptedAnswer = [{ type: 'finish', reason: 'tool-calls', usage: usageOf(10, 1) }];

/** Asks as often as is said, as a step does whose model ends without an answer. */
async function ask(
  script: readonly ScriptedAnswer[],
  toolMode: ToolMode = 'AUTO',
  detectedToolMode: ToolMode | null = null,
  { asked = request, times = 1 } = {},
) {
  const inner = new ScriptedModel(script);
  const detected: ToolMode[] = [];
  const model = withToolMode(inner, { toolMode, detectedToolMode }, (mode) => detected.push(mode));
  const parts: ModelPart[] = [];
  let thrown: unknown;
  try {
    for (let time = 0; time < times; time++) for await (const part of model.stream(asked)) parts.push(part);
  } catch (error) {
    thrown = error;
  }
  const formats = inner.requests.map(({ tools, toolFormat }) => (tools.length === 0 ? 'NONE' : toolFormat));
  return { parts, thrown, detected, formats, model };
}

it('begins with tools, and remembers that they work', async () => {
  const { formats, detected } = await ask([call({ id: 'a', name: 'time_now', args: {} })]);

  expect([formats, detected]).toEqual([['TOOLS'], ['TOOLS']]);
});

it('steps down to functions, then to words, within the same question, and says so', async () => {
  const acting = say('Action: time_now\nAction Input: {}');

  const { parts, formats, detected } = await ask([[noTools], [noFunctions], acting]);

  expect(formats).toEqual(['TOOLS', 'FUNCTIONS', 'NONE']);
  expect(detected).toEqual(['REACT']);
  expect(parts.map(({ type }) => type)).toEqual(['tool-mode-changed', 'tool-mode-changed', 'tool-call', 'finish']);
});

it('takes an empty call that comes again for a refusal, also after a thought, and says what it took', async () => {
  const script = [emptyCall, emptyCall, [thought, ...emptyCall], say('Final Answer: 12:00')];

  const { parts, formats } = await ask(script, 'AUTO', null, { times: 2 });

  expect(formats).toEqual(['TOOLS', 'TOOLS', 'FUNCTIONS', 'NONE']);
  expect(parts).toEqual([
    ...emptyCall,
    { type: 'tool-mode-changed', from: 'TOOLS', to: 'FUNCTIONS', spent: usageOf(10, 1) },
    thought,
    { type: 'tool-mode-changed', from: 'FUNCTIONS', to: 'REACT', spent: usageOf(10, 1) },
    { type: 'text-delta', text: '12:00' },
    { type: 'finish', reason: 'stop', usage: usageOf(10, 1) },
  ]);
});

const text: ModelPart = { type: 'text-delta', text: 'hm' };
const thought: ModelPart = { type: 'reasoning-delta', text: 'hm' };
const wasThought: ModelPart = { type: 'text-was-thought' };
const nameless: ModelPart = { type: 'tool-call', call: { id: 'a', name: '', argumentsText: '{}' } };

it.each<[string, ScriptedAnswer]>([
  ['a word', [text]],
  ['a thought', [thought]],
  ['a word that turned out to be a thought', [text, wasThought]],
])('does not ask in another way after %s, even if the service speaks of tools then', async (_what, said) => {
  expect(await ask([[...said, noTools]])).toMatchObject({ formats: ['TOOLS'], thrown: noTools });
});

it.each<[string, ScriptedAnswer, ScriptedAnswer]>([
  ['that has no name', [nameless], []],
  ['after a word that turned out to be a thought', [text, wasThought], [text, wasThought]],
])('takes a call for empty %s', async (_what, said, told) => {
  const empty = [...said, ...emptyCall];

  const { formats, parts } = await ask([empty, empty, say('hi')], 'AUTO', null, { times: 2 });

  expect(formats).toEqual(['TOOLS', 'TOOLS', 'FUNCTIONS']);
  expect(parts.slice(0, told.length + 1)).toEqual([...told, ...emptyCall]);
});

it('takes words for an answer, even if the model says that it called a tool', async () => {
  const answer = [text, ...emptyCall];

  const { formats, parts, thrown } = await ask([answer], 'AUTO', null, { times: 2 });

  expect({ formats, parts, thrown }).toEqual({
    formats: ['TOOLS', 'TOOLS'],
    parts: [...answer, ...answer],
    thrown: undefined,
  });
});

it('steps down where one more question may be asked', async () => {
  const { formats } = await ask([[noTools], say('hi')], 'AUTO', null, { asked: { ...request, requests: { left: 1 } } });

  expect(formats).toEqual(['TOOLS', 'FUNCTIONS']);
});

it('takes an empty call where no tools are offered for no sign of how they are taken', async () => {
  const { model } = await ask([emptyCall], 'AUTO', null, { asked: { ...request, tools: [] } });

  const parts: ModelPart[] = [];
  for await (const part of model.stream(request)) parts.push(part);

  expect(parts).toEqual(emptyCall);
});

it('stays with its way after one empty call, which comes by chance', async () => {
  const acting = call({ id: 'a', name: 'time_now', args: {} });

  const first = await ask([emptyCall, acting], 'AUTO', null, { times: 2 });
  const stepped = await ask([[noTools], emptyCall, acting], 'AUTO', null, { times: 2 });

  expect([first.formats, first.detected]).toEqual([['TOOLS', 'TOOLS'], ['TOOLS']]);
  expect([stepped.formats, stepped.detected]).toEqual([['TOOLS', 'FUNCTIONS', 'FUNCTIONS'], ['FUNCTIONS']]);
});

it('begins with the way that it went on to after empty calls, once a call has come that way', async () => {
  const acting = call({ id: 'a', name: 'time_now', args: {} });

  const { formats, detected } = await ask([emptyCall, emptyCall, acting, acting], 'AUTO', null, { times: 3 });

  expect(formats).toEqual(['TOOLS', 'TOOLS', 'FUNCTIONS', 'FUNCTIONS']);
  expect(detected).toEqual(['FUNCTIONS']);
});

it.each<[string, ToolMode | null, Partial<ModelRequest>]>([
  ['in the last of the ways', 'REACT', {}],
  ['where no more may be asked', null, { requests: { left: 0 } }],
  ['where no tools are offered', null, { tools: [] }],
])('is an answer without a word, as often as it comes: an empty call %s', async (_where, known, more) => {
  const asked = { ...request, ...more };

  const { parts, thrown, detected } = await ask([emptyCall], 'AUTO', known, { asked, times: 3 });

  expect({ parts, thrown, detected }).toEqual({
    parts: [...emptyCall, ...emptyCall, ...emptyCall],
    thrown: undefined,
    detected: [],
  });
});

it('remembers the way after empty calls only where a call has come that way: they may come by chance', async () => {
  const acting = call({ id: 'a', name: 'time_now', args: {} });
  const detectedAfterTwo = async (known: ToolMode | null, ...rest: ScriptedAnswer[]) =>
    (await ask([emptyCall, emptyCall, ...rest], 'AUTO', known, { times: 2 })).detected;

  const refused = await ask([[noTools], say('I have no clock.')]);

  expect(refused.detected).toEqual(['FUNCTIONS']);
  expect(await detectedAfterTwo(null, acting)).toEqual(['FUNCTIONS']);
  expect(await detectedAfterTwo(null, say('I have no clock.'))).toEqual([]);
  expect(await detectedAfterTwo(null, [noFunctions], say('Final Answer: hi'))).toEqual([]);
  expect(await detectedAfterTwo('TOOLS', acting)).toEqual([]);
});

it('begins with what has worked before', async () => {
  const { formats, detected } = await ask([say('hi')], 'AUTO', 'FUNCTIONS');

  expect([formats, detected]).toEqual([['FUNCTIONS'], []]);
});

it.each<[ToolMode, string]>([
  ['TOOLS', 'TOOLS'],
  ['FUNCTIONS', 'FUNCTIONS'],
  ['REACT', 'NONE'],
  ['NONE', 'NONE'],
])('does not step down where %s is set', async (mode, format) => {
  const { formats, thrown } = await ask([[noTools]], mode);

  expect(formats).toEqual([format]);
  expect(thrown).toBe(noTools);
});

it('does not take other failures for a refusal of tools', async () => {
  const overloaded = new AppError('UPSTREAM_FAILED', 'overloaded');

  expect(await ask([[overloaded]])).toMatchObject({ thrown: overloaded, formats: ['TOOLS'] });
  expect((await ask([[noTools]], 'AUTO', null, { asked: { ...request, tools: [] } })).thrown).toBe(noTools);
});

it('tells of earlier calls in words where a service does not want to hear of them without tools', async () => {
  const messages: ModelRequest['messages'] = [
    ...request.messages,
    { role: 'assistant', text: '', toolCalls: [{ id: 'c', name: 'time_now', argumentsText: '{}' }] },
    { role: 'tool', callId: 'c', name: 'time_now', text: '12:00' },
  ];

  const asked = { ...request, messages, tools: [] };

  const { parts, detected } = await ask([[noTools], say('noon')], 'AUTO', 'TOOLS', { asked });

  expect(parts[0]).toEqual({ type: 'tool-mode-changed', from: 'TOOLS', to: 'NONE', spent: null });
  expect(parts[1]).toEqual({ type: 'text-delta', text: 'noon' });
  expect(detected).toEqual([]);
});

it('does not take an answer without a word for a refusal of tools', async () => {
  const nothing: ScriptedAnswer = [{ type: 'finish', reason: 'stop', usage: null }];

  const { formats, parts } = await ask([nothing], 'AUTO', 'TOOLS', { times: 2 });

  expect(formats).toEqual(['TOOLS', 'TOOLS']);
  expect(parts.map(({ type }) => type)).toEqual(['finish', 'finish']);
});

it('tells a model of earlier calls in words where it is to know of no tools', async () => {
  const inner = new ScriptedModel([say('noon')]);
  const messages: ModelRequest['messages'] = [
    ...request.messages,
    { role: 'assistant', text: '', toolCalls: [{ id: 'a', name: 'time_now', argumentsText: '{}' }] },
    { role: 'tool', callId: 'a', name: 'time_now', text: '12:00' },
  ];
  const model = withToolMode(inner, { toolMode: 'NONE', detectedToolMode: null }, () => {});

  for await (const part of model.stream({ ...request, messages })) expect(part).toBeDefined();

  expect(inner.requests[0]).toMatchObject({ tools: [] });
  expect(inner.requests[0]?.messages.map(({ role, text }) => [role, text])).toEqual([
    ['user', 'time?'],
    ['assistant', 'Action: time_now\nAction Input: {}'],
    ['user', 'Observation: 12:00'],
  ]);
});
