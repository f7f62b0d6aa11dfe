import { expect, it } from 'vitest';
import { AppError, InvalidInputError } from '../../src/base/errors.js';
import { MAX_CALLS_PER_STEP, MAX_TOOL_OUTPUT_CHARS, runToolCalls } from '../../src/domain/agent/tool-calls.js';
import { double, outputsOf, runAgent, toolOf } from '../kit/agents.js';
import { call, say, ScriptedModel, type ScriptedAnswer } from '../kit/scripted-model.js';

it('runs the calls of one step side by side, and tells the model in the order in which it asked', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const slow = toolOf('slow', () => gate.then(() => 'slow is done'));
  const opener = toolOf('opener', () => (release(), 'opened'));
  const model = new ScriptedModel([
    call({ id: 'a', name: 'slow', args: {} }, { id: 'b', name: 'opener', args: {} }),
    say('done'),
  ]);

  const { events } = await runAgent(model, { tools: [slow, opener] });

  expect(events.flatMap((event) => ('callId' in event ? [`${event.type} ${event.callId}`] : []))).toEqual([
    'tool-call-started a',
    'tool-call-started b',
    'tool-call-finished b',
    'tool-call-finished a',
  ]);
  expect(model.requests[1]?.messages.slice(2).map((message) => message.text)).toEqual(['slow is done', 'opened']);
});

const broken = toolOf('broken', () => Promise.reject(new AppError('UPSTREAM_FAILED', 'out of order')));
const picky = toolOf('picky', () => Promise.reject(new InvalidInputError('summary', 'It has 0 to 30 characters.')));
const deaf = toolOf('deaf', () => new Promise(() => {}), { timeoutMs: 20 });

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
    'an argument that a tool refuses',
    call({ id: 'c', name: 'picky', args: {} }),
    'summary: It has 0 to 30 characters.',
  ],
  [
    'a tool that does not answer',
    call({ id: 'c', name: 'deaf', args: {} }),
    'The tool did not answer within 0.02 seconds.',
  ],
])('tells the model of %s, and goes on', async (_name, answer, told) => {
  const model = new ScriptedModel([answer, say('sorry')]);

  const outcome = await runAgent(model, { tools: [double, broken, picky, deaf] });

  expect(outputsOf(outcome)).toEqual([['FAILED', typeof told === 'string' ? told : expect.stringMatching(told)]]);
  expect(model.requests[1]?.messages.at(-1)?.text).toEqual(outputsOf(outcome)[0]?.[1]);
  expect(outcome.result?.stopReason).toBe('ANSWER');
});

it.each(['', ' \n', 'null', '{}'])('takes %j for no arguments', async (args) => {
  const model = new ScriptedModel([call({ id: 'c', name: 'plain', args }), say('done')]);

  const outcome = await runAgent(model, { tools: [toolOf('plain', () => Promise.resolve('fine'))] });

  expect(outputsOf(outcome)).toEqual([['SUCCEEDED', 'fine']]);
});

it.each([' double\n', 'functions.double', 'default_api:double', 'tools/double'])(
  'knows a tool by what models make of its name: %j',
  async (name) => {
    const model = new ScriptedModel([call({ id: 'c', name, args: { n: 2 } }), say('4')]);

    const { events } = await runAgent(model, { tools: [double] });

    expect(events).toContainEqual(expect.objectContaining({ type: 'tool-call-started', name: 'double' }));
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ name: 'double', text: '4' });
  },
);

it('does not take another tool for one whose name it ends with', async () => {
  const dotted = toolOf('math.double', () => 'mine');
  const model = new ScriptedModel([
    call({ id: 'a', name: 'math.double', args: {} }, { id: 'b', name: 'redouble', args: {} }),
    say('done'),
  ]);

  const outcome = await runAgent(model, { tools: [double, dotted] });

  expect(outputsOf(outcome)).toEqual([
    ['FAILED', expect.stringContaining('There is no tool named redouble.')],
    ['SUCCEEDED', 'mine'],
  ]);
});

it('does not tell the model what a tool threw that nobody foresaw, but hands it on for the log', async () => {
  const bug = new TypeError('mongodb://root:secret@db');
  const buggy = toolOf('buggy', () => Promise.reject(bug));
  const model = new ScriptedModel([call({ id: 'c', name: 'buggy', args: {} }), say('sorry')]);

  const { events } = await runAgent(model, { tools: [buggy] });

  expect(events.find(({ type }) => type === 'tool-call-finished')).toMatchObject({ status: 'FAILED', fault: bug });
  expect(JSON.stringify(model.requests)).not.toContain('secret');
});

it('cuts what a tool returns at the limit, and says so', async () => {
  const verbose = toolOf('verbose', () => 'x'.repeat(MAX_TOOL_OUTPUT_CHARS + 1));
  const model = new ScriptedModel([call({ id: 'c', name: 'verbose', args: {} }), say('long')]);

  const { events } = await runAgent(model, { tools: [verbose] });

  const finished = events.find(({ type }) => type === 'tool-call-finished');
  expect(finished).toMatchObject({ status: 'SUCCEEDED', isTruncated: true, output: 'x'.repeat(MAX_TOOL_OUTPUT_CHARS) });
});

it('runs no more than so many calls of one step', async () => {
  const calls = Array.from({ length: 50 }, (_, n) => ({ id: `c${n}`, name: 'double', args: { n } }));

  const outputs = outputsOf(await runAgent(new ScriptedModel([call(...calls), say('done')])));

  expect(outputs.filter(([status]) => status === 'SUCCEEDED')).toHaveLength(MAX_CALLS_PER_STEP);
  expect(outputs).toHaveLength(50);
});

it('gives every call an id of its own in the run, whatever the service calls it', async () => {
  const model = new ScriptedModel([
    call({ id: 'call_0', name: 'double', args: { n: 1 } }),
    call({ id: 'call_0', name: 'double', args: { n: 2 } }),
    say('ok'),
  ]);

  const { events } = await runAgent(model);

  const ids = events.flatMap((event) => (event.type === 'tool-call-started' ? [event.callId] : []));
  expect(new Set(ids).size).toBe(2);
});

it('serves two users at a time from one set of tools without mixing them', async () => {
  const whoAmI = toolOf('who', (_args, { userId }) => `you are ${userId}`);
  const ask = async (userId: string) => {
    const model = new ScriptedModel([call({ id: 'c', name: 'who', args: {} }), say('ok')]);
    await runAgent(model, { tools: [whoAmI], userId });
    return model.requests[1]?.messages.at(-1)?.text;
  };

  expect(await Promise.all([ask('ada'), ask('bob')])).toEqual(['you are ada', 'you are bob']);
});

it('runs nothing any more once the run is stopped, as while a call is put on record', async () => {
  const stop = new AbortController();
  const made: string[] = [];
  const tool = toolOf('spend', () => (made.push('spent'), 'spent'));
  const calls = ['a', 'b'].map((id) => ({ id, name: 'spend', argumentsText: '{}' }));
  const context = { userId: 'u', conversationId: 'c', runId: 'r', signal: stop.signal };
  const running = runToolCalls([tool], calls, { step: 1, repeated: new Set() }, context);

  await running.next();
  await running.next();
  stop.abort(new Error('stopped'));

  await expect(running.next()).rejects.toThrow('stopped');
  expect(made).toEqual([]);
});

it('cuts no character in two', async () => {
  const model = new ScriptedModel([call({ id: 'c', name: 'wordy', args: {} }), say('done')]);
  const text = 'x'.repeat(MAX_TOOL_OUTPUT_CHARS - 1);

  const outcome = await runAgent(model, { tools: [toolOf('wordy', () => `${text}😀`)] });

  expect(outputsOf(outcome)).toEqual([['SUCCEEDED', text]]);
});
