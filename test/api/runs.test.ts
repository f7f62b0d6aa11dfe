import { afterAll, beforeAll, expect, it } from 'vitest';
import { callTool, callTools, cut, endEarly, fail, say, stall } from '../kit/fake-llm.js';
import { textOf, type StreamedEvent } from '../kit/chat-stream.js';
import { collect, openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let owner: Person;
let ada: Person;
beforeAll(async () => {
  house = await openHouse({
    env: { RUN_MAX_STEPS: '3', MODEL_IDLE_TIMEOUT_MS: '400', MODEL_FIRST_BYTE_TIMEOUT_MS: '400' },
  });
  owner = await house.join('owner');
  ada = await house.join('ada');
});
afterAll(() => house.close());

const CANCEL = 'mutation ($id: ID!) { cancelRun(runId: $id) { id } }';
const USAGE = 'query ($id: ID!) { conversation(id: $id) { usage { inputTokens outputTokens isEstimated } } }';

/** Starts a turn and reads until the first text, then leaves. */
async function leaveAfterFirstText(person: Person, conversationId: string): Promise<string> {
  const message = { conversationId, text: 'go', clientMessageId: crypto.randomUUID() };
  for await (const event of person.chat({ message })) {
    if (event.__typename === 'TextDelta') return event['runId'] as string;
  }
  throw new Error('The run ended without a text.');
}

it.each<[string, Parameters<typeof house.llm.script>[0], string, boolean, string]>([
  ['is rate limited', Array.from({ length: 3 }, () => fail(429, { retryAfter: 0 })), 'UPSTREAM_RATE_LIMITED', true, ''],
  ['refuses', [fail(401)], 'UPSTREAM_REFUSED', false, ''],
  ['cuts the connection', [cut('half an')], 'UPSTREAM_FAILED', true, 'half an'],
  ['ends without saying so', [endEarly('half an')], 'UPSTREAM_FAILED', true, 'half an'],
  ['stalls', [stall('half an')], 'UPSTREAM_TIMEOUT', true, 'half an'],
])(
  'ends with a named error when the model service %s, and keeps what was written',
  async (_how, replies, code, isRetryable, text) => {
    const conversationId = await ada.createConversation();
    house.llm.script(replies);

    const events = await ada.turn(conversationId, 'go');

    expect(events.at(-1)).toMatchObject({
      __typename: 'RunFailed',
      error: { code, isRetryable },
      message: { text, status: text === '' ? 'FAILED' : 'PARTIAL' },
    });
    house.llm.script([say('fine now')]);
    expect((await ada.turn(conversationId, 'again')).at(-1)).toMatchObject({
      __typename: 'RunCompleted',
      message: { text: 'fine now' },
    });
  },
);

it('tells only administrators what the model service said, and nobody a key', async () => {
  const said = fail(400, {
    body: { error: { message: 'your key sk-abcdefghijklmnopqrstuvwxyz123456 is not for this model' } },
  });
  const told = async (person: Person) => {
    const conversationId = await person.createConversation();
    house.llm.script([said]);
    const { error } = (await person.turn(conversationId, 'go')).at(-1) as StreamedEvent & {
      error: { providerMessage: string | null };
    };
    return error.providerMessage;
  };

  expect(await told(ada)).toBeNull();
  expect(await told(owner)).toMatch(/is not for this model/);
  expect(await told(owner)).not.toContain('sk-abcdef');
});

it('goes on when its reader leaves, and keeps the whole answer', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([say('a b c d e f', { everyMs: 10 })]);

  const runId = await leaveAfterFirstText(ada, conversationId);

  const events = await collect(ada.chat({ runId }));
  expect(textOf(events)).toBe('a b c d e f');
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted', message: { text: 'a b c d e f' } });
});

it('keeps the text of a run that is cancelled, and puts what it took into the books', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([say('one two three four', { everyMs: 100 })]);
  const runId = await leaveAfterFirstText(ada, conversationId);

  await ada.get(CANCEL, { id: runId });

  const events = await collect(ada.chat({ runId }));
  expect(events.at(-1)).toMatchObject({
    __typename: 'RunCancelled',
    message: { text: textOf(events), status: 'PARTIAL' },
  });
  const { conversation } = await ada.get<{ conversation: { usage: { outputTokens: number; isEstimated: boolean } } }>(
    USAGE,
    { id: conversationId },
  );
  expect(conversation.usage.isEstimated).toBe(true);
  expect(conversation.usage.outputTokens).toBeGreaterThan(0);
});

it('leaves a run that has ended as it is when somebody cancels it', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([say('done')]);
  const runId = (await ada.turn(conversationId, 'go'))[0]?.['runId'];

  expect(await ada.get('mutation ($id: ID!) { cancelRun(runId: $id) { status } }', { id: runId })).toEqual({
    cancelRun: { status: 'COMPLETED' },
  });
});

it('answers without tools when its steps are used up, and says so', async () => {
  const conversationId = await ada.createConversation();
  const zones = ['Asia/Seoul', 'Europe/Paris', 'UTC'];
  house.llm.script([...zones.map((timeZone) => callTool('time_now', { timeZone })), say('enough')]);
  const before = house.llm.requests.length;

  const events = await ada.turn(conversationId, 'go');

  expect(events.at(-1)).toMatchObject({
    __typename: 'RunCompleted',
    stopReason: 'STEP_LIMIT',
    message: { text: 'enough' },
  });
  const offered = house.llm.requests.slice(before).map(({ body }) => (body.tools?.length ?? 0) > 0);
  expect(offered).toEqual([true, true, true, false]);
});

it('ends a loop of the same call as TOOL_LOOP', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([
    ...Array.from({ length: 3 }, () => callTool('time_now', { timeZone: 'UTC' })),
    say('that is the time'),
  ]);

  expect((await ada.turn(conversationId, 'go')).at(-1)).toMatchObject({
    stopReason: 'TOOL_LOOP',
    message: { text: 'that is the time' },
  });
});

it('answers with what three tools found, and sums what all its steps took', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([
    callTools([
      { name: 'time_now', args: { timeZone: 'UTC' } },
      { name: 'time_now', args: { timeZone: 'Mars' } },
    ]),
    say('two'),
  ]);

  const events = await ada.turn(conversationId, 'go');

  const finished = events.filter(({ __typename }) => __typename === 'ToolCallFinished').map(({ status }) => status);
  expect(finished.toSorted()).toEqual(['FAILED', 'SUCCEEDED']);
  expect(await ada.get(USAGE, { id: conversationId })).toEqual({
    conversation: { usage: { inputTokens: 20, outputTokens: 10, isEstimated: false } },
  });
});

it('ends for its readers when its conversation is deleted, and leaves nothing behind', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([say('a b c d e f g h', { everyMs: 100 })]);
  const reading = ada.turn(conversationId, 'go');
  await house.llm.request(house.llm.requests.length + 1);

  await ada.get('mutation ($id: ID!) { deleteConversation(id: $id) }', { id: conversationId });

  expect((await reading).at(-1)).toMatchObject({ __typename: 'RunCancelled', message: { status: 'PARTIAL' } });
  expect(await house.needs.messages.listLinks(conversationId)).toEqual([]);
  expect(await house.needs.runs.listActive([conversationId])).toEqual([]);
});

it('lets a user have only so many runs at a time', async () => {
  const small = await openHouse({ env: { RUNS_PER_USER: '1' } });
  const bob = await small.join('bob');
  small.llm.otherwise(stall('…'));
  const send = async () =>
    bob.ask('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }', {
      input: { conversationId: await bob.createConversation(), text: 'hi' },
    });

  await send();
  const { errors } = await send();

  expect(errors?.[0]?.extensions).toEqual({ code: 'LIMIT_EXCEEDED', isRetryable: true });
  await small.close();
});

it('is ended as interrupted, with what it has, when the server stops', async () => {
  const short = await openHouse();
  const bob = await short.join('bob');
  short.llm.script([stall('so far')]);
  const reading = collect(
    bob.chat({ message: { conversationId: await bob.createConversation(), text: 'hi', clientMessageId: 'x' } }),
  );
  await short.llm.request(1);

  await short.composed.house.driver.drain(50);

  expect((await reading).at(-1)).toMatchObject({
    __typename: 'RunInterrupted',
    message: { text: 'so far', status: 'PARTIAL' },
  });
  await short.close();
});
