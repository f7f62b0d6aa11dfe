import { afterAll, beforeAll, expect, it } from 'vitest';
import { callTool, callTools, say, type LlmRequest, type Reply } from '../kit/fake-llm.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';
import { newModel } from '../kit/new-model.js';
import { observeTurn, type ObservedTurn } from '../kit/observed-turn.js';
import { callFunction, refusing } from '../kit/odd-llm.js';

/** Models that use tools oddly: whatever they do, the turn ends with an answer or a named error, and every call of them is billed. */

let house: RunningHouse;
let owner: Person;
beforeAll(async () => {
  house = await openHouse();
  owner = await house.join('owner');
});
afterAll(() => house.close());

let models = 0;
async function observe(reply: Reply | readonly Reply[]): Promise<ObservedTurn> {
  if (typeof reply === 'function') house.llm.otherwise(reply);
  else house.llm.script(reply);
  return observeTurn(house, owner, await newModel(house, owner, `odd-${++models}`));
}

const CALLS = ['ToolCallStarted', 'ToolCallFinished'];
const COMPLETED = ['COMPLETED', 5, false];

const statusesOf = ({ events }: ObservedTurn) =>
  events.flatMap((event) => (event.__typename === 'ToolCallFinished' ? [event['status']] : []));

/** What the model was told, in the last request, that its tools returned. */
const toldOf = ({ requests }: ObservedTurn) =>
  requests.at(-1)?.body.messages.flatMap(({ role, content }) => (role === 'tool' ? [String(content)] : []));

const isOffered = ({ body }: LlmRequest) => body.tools !== undefined;

it('uses tools in words where the model knows nothing else', async () => {
  const acting = 'Thought: I need the time.\nAction: time_now\nAction Input: {"timeZone":"UTC"}';
  const inWords = (text: string) => refusing('tools', refusing('functions', say(text)));

  const turn = await observe([
    inWords(''),
    inWords(''),
    inWords(acting),
    inWords('Thought: So.\nFinal Answer: It is noon.'),
  ]);

  expect(turn).toMatchObject({
    sees: [
      'RunStarted',
      'StepStarted',
      'ToolModeChanged',
      'ReasoningDelta',
      ...CALLS,
      'StepStarted',
      'ReasoningDelta',
      'TextDelta',
      'RunCompleted',
    ],
    stored: { status: 'COMPLETE', text: 'It is noon.' },
    billed: [COMPLETED, COMPLETED],
  });
  expect(turn.requests).toHaveLength(4);
});

it('uses functions where the model answers 500 to tools', async () => {
  const turn = await observe([
    refusing('tools', say('never')),
    callFunction('time_now', { timeZone: 'UTC' }),
    say('It is noon.'),
  ]);

  expect(turn).toMatchObject({
    sees: ['RunStarted', 'StepStarted', 'ToolModeChanged', ...CALLS, 'StepStarted', 'TextDelta', 'RunCompleted'],
    stored: { status: 'COMPLETE', text: 'It is noon.' },
    billed: [['COMPLETED', expect.any(Number), true], COMPLETED],
  });
  expect(turn.requests).toHaveLength(3);
});

const repeat = callTool('time_now', { timeZone: 'UTC' });

it('takes the tools away from a model that repeats a call for ever, and shows what it says then', async () => {
  const turn = await observe((response, request) =>
    (isOffered(request) ? repeat : say('It is noon, I said.'))(response, request),
  );

  expect(turn.events.at(-1)).toMatchObject({ stopReason: 'TOOL_LOOP' });
  expect(statusesOf(turn)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'FAILED']);
  expect(turn).toMatchObject({
    stored: { status: 'COMPLETE', text: 'It is noon, I said.' },
    billed: [COMPLETED, COMPLETED, COMPLETED, COMPLETED],
  });
});

it('fails by name where it goes on calling even then, after asking once more', async () => {
  const turn = await observe(repeat);

  expect(turn).toMatchObject({
    error: { code: 'UPSTREAM_FAILED', isRetryable: true },
    stored: { status: 'FAILED', text: '' },
    billed: [COMPLETED, COMPLETED, COMPLETED, ['FAILED', 5, false], ['FAILED', 5, false]],
  });
  expect(turn.requests.map(isOffered)).toEqual([true, true, true, false, false]);
});

it('runs sixteen of fifty calls at once, and tells the model that the others were not run', async () => {
  const calls = Array.from({ length: 50 }, (_, at) => ({ name: 'time_now', args: { timeZone: 'UTC' }, id: `c${at}` }));
  const differing = calls.map((call, at) => ({ ...call, args: { timeZone: `Etc/GMT+${at % 12}`, at } }));

  const turn = await observe([callTools(differing), say('That is enough.')]);

  expect(statusesOf(turn).toSorted()).toEqual([
    ...Array<string>(34).fill('FAILED'),
    ...Array<string>(16).fill('SUCCEEDED'),
  ]);
  expect(toldOf(turn)?.slice(16)).toEqual(Array<unknown>(34).fill(expect.stringMatching(/^Not run: at most 16 /)));
  expect(turn).toMatchObject({
    sees: ['RunStarted', 'StepStarted', ...CALLS, 'StepStarted', 'TextDelta', 'RunCompleted'],
    stored: { status: 'COMPLETE', text: 'That is enough.' },
    billed: [COMPLETED, COMPLETED],
  });
});

it.each([
  ['arguments that are no JSON', 'time_now', '{"timeZone": "UTC', /^The arguments are not valid JSON\./],
  ['arguments that do not fit', 'time_now', { timeZone: 7 }, /timeZone/],
  ['arguments that are no object', 'time_now', '[]', /expected object, received array/],
  ['a tool that there is not', 'fly_to_mars', {}, /^There is no tool named fly_to_mars\. There are: .*time_now/],
])('tells the model of %s, and goes on', async (_what, name, args, told) => {
  const turn = await observe([callTool(name, args), say('I see.')]);

  expect(statusesOf(turn)).toEqual(['FAILED']);
  expect(toldOf(turn)).toEqual([expect.stringMatching(told)]);
  expect(turn).toMatchObject({
    sees: ['RunStarted', 'StepStarted', ...CALLS, 'StepStarted', 'TextDelta', 'RunCompleted'],
    stored: { status: 'COMPLETE', text: 'I see.' },
    billed: [COMPLETED, COMPLETED],
  });
});

it('has not answered where it wrote blanks only, however often it was asked', async () => {
  const turn = await observe([say(' \n'), say(' \n')]);

  expect(turn).toMatchObject({ error: { code: 'UPSTREAM_FAILED' }, stored: { status: 'FAILED', text: ' \n' } });
  expect(turn.requests).toHaveLength(2);
});
