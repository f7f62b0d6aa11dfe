import { afterAll, beforeAll, expect, it } from 'vitest';
import { kindsOf, textOf } from '../kit/chat-stream.js';
import { cut, fail, say, type Reply } from '../kit/fake-llm.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';
import { newModel as register } from '../kit/new-model.js';
import { refusing } from '../kit/odd-llm.js';

let house: RunningHouse;
let owner: Person;
beforeAll(async () => {
  house = await openHouse();
  owner = await house.join('owner');
});
afterAll(() => house.close());

const newModel = (name: string, more: Record<string, unknown> = {}) => register(house, owner, name, more);

it.each<[string, Reply]>([
  ['is rate limited', fail(429, { retryAfter: 60 })],
  ['refuses', fail(403)],
  ['has a problem of its own', fail(500)],
])('lets another model stand in when the service %s', async (_how, failure) => {
  const first = await newModel(`first-${crypto.randomUUID().slice(0, 8)}`);
  const second = await newModel(`second-${crypto.randomUUID().slice(0, 8)}`, { inputPrice: 1, outputPrice: 2 });
  const conversationId = await owner.createConversation({ modelId: first, fallbackModelIds: [second] });
  house.llm.otherwise((response, request) =>
    (request.body.model.startsWith('second') ? say('from the second') : failure)(response, request),
  );

  const events = await owner.turn(conversationId, 'hi');

  expect(kindsOf(events)).toEqual(['RunStarted', 'StepStarted', 'ModelChanged', 'TextDelta', 'RunCompleted']);
  expect(textOf(events)).toBe('from the second');
});

it('voids what was streamed when a model fails in the middle of it, and keeps only what the other says', async () => {
  const second = await newModel('stand-in', { inputPrice: 100_000, outputPrice: 0 });
  const first = await newModel('flaky', { fallbackModelIds: [second] });
  const conversationId = await owner.createConversation({ modelId: first });
  house.llm.script([cut('half an'), say('a whole answer')]);

  const events = await owner.turn(conversationId, 'hi');

  expect(kindsOf(events)).toEqual([
    'RunStarted',
    'StepStarted',
    'TextDelta',
    'StepReset',
    'ModelChanged',
    'TextDelta',
    'RunCompleted',
  ]);
  expect(events.at(-1)).toMatchObject({ message: { text: 'a whole answer', status: 'COMPLETE' } });
  const { conversation } = await owner.get<{ conversation: { usage: Record<string, unknown> } }>(
    'query ($id: ID!) { conversation(id: $id) { usage { outputTokens cost isEstimated } } }',
    { id: conversationId },
  );
  expect(conversation.usage).toMatchObject({ cost: 1, isEstimated: true });
  expect(conversation.usage['outputTokens']).toBeGreaterThan(5);
});

const overloaded = fail(503, { retryAfter: 0 });
const picky: Reply = (response, request) =>
  (request.body['stream_options'] ? fail(400, { body: { error: 'unknown field: stream_options' } }) : overloaded)(
    response,
    request,
  );

it.each<[string, Reply]>([
  ['retries and stand-ins', overloaded],
  [
    'ways to offer tools, fields that are refused, retries and stand-ins',
    refusing('tools', refusing('functions', picky)),
  ],
])('makes no more than eight requests for one step: %s', async (how, reply) => {
  const others = await Promise.all(['a', 'b', 'c', 'd'].map((name) => newModel(`overloaded-${name} ${how.length}`)));
  const conversationId = await owner.createConversation({ fallbackModelIds: others });
  const before = house.llm.requests.length;
  house.llm.otherwise(reply);

  expect((await owner.turn(conversationId, 'hi')).at(-1)).toMatchObject({
    __typename: 'RunFailed',
    error: { code: expect.stringMatching(/^UPSTREAM_(FAILED|REFUSED)$/) as string },
  });

  expect(house.llm.requests.length - before).toBe(8);
});

it('asks no model to stand in for itself, nor twice, nor one that is disabled or gone', async () => {
  const [first, second, disabled, gone] = await Promise.all([
    newModel('narcissus'),
    newModel('echo'),
    newModel('asleep'),
    newModel('goner'),
  ]);
  const fallbackModelIds = [first, gone, disabled, second];
  const conversationId = await owner.createConversation({ modelId: first, fallbackModelIds });
  await owner.get('mutation ($id: ID!) { deleteModel(id: $id) }', { id: gone });
  await owner.get('mutation ($id: ID!) { updateModel(input: { id: $id, enabled: false }) { id } }', { id: disabled });
  const before = house.llm.requests.length;
  house.llm.otherwise(fail(403));

  const events = await owner.turn(conversationId, 'hi');

  expect(kindsOf(events)).toEqual(['RunStarted', 'StepStarted', 'ModelChanged', 'RunFailed']);
  expect(house.llm.requests.slice(before).map(({ body }) => body.model)).toEqual(['narcissus', 'echo']);
});
