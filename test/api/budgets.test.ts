import { afterAll, beforeAll, expect, it } from 'vitest';
import { monthOf, startOfNextMonth } from '../../src/domain/usage/month.js';
import { userSubject } from '../../src/domain/budgets/budgets.js';
import { NO_USAGE } from '../../src/domain/usage/usage.js';
import { callTool, cut, fail, say, type Reply } from '../kit/fake-llm.js';
import type { StreamedEvent } from '../kit/chat-stream.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';
import { refusing } from '../kit/odd-llm.js';

let house: RunningHouse;
let owner: Person;
/** Writes at most 1,000 tokens, for $1 each thousand; what it is told costs nothing. */
let modelId: string;
beforeAll(async () => {
  house = await openHouse({ env: { RUNS_PER_USER: '60' } });
  owner = await house.join('owner');
  house.llm.otherwise(say('hello'));
  modelId = await newModel({ maxOutputTokens: 1_000 });
});
afterAll(() => house.close());

async function newModel(more: { maxOutputTokens?: number }): Promise<string> {
  const { providers } = await owner.get<{ providers: { id: string; baseUrl: string }[] }>(
    '{ providers { id baseUrl } }',
  );
  const providerId = providers.find(({ baseUrl }) => baseUrl === house.llm.baseUrl)?.id;
  const name = `priced-${crypto.randomUUID()}`;
  const made = await owner.get<{ createModel: { id: string } }>(
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { id } }',
    { input: { providerId, name, inputPrice: 0, outputPrice: 1_000, ...more } },
  );
  return made.createModel.id;
}

type Budget = {
  maxTokens: number | null;
  maxCost: number | null;
  spent: { tokens: number; cost: number };
  reserved: { tokens: number; cost: number };
  resetsAt: string;
};

const FIELDS = '{ maxTokens maxCost spent { tokens cost } reserved { tokens cost } resetsAt }';
const SET = `mutation ($input: SetBudgetInput!) { setBudget(input: $input) ${FIELDS} }`;

const limit = async (person: Person, limits: { maxTokens?: number; maxCost?: number }) =>
  (await owner.get<{ setBudget: Budget }>(SET, { input: { userId: person.id, ...limits } })).setBudget;

const budgetOf = async (person: Person) => (await person.get<{ budget: Budget | null }>(`{ budget ${FIELDS} }`)).budget;

const errorOf = (events: readonly StreamedEvent[]) => (events.at(-1) as { error?: { code: string } }).error;

const NOTHING = { tokens: 0, cost: 0 };

it('shows users their own budget, and administrators everybody’s', async () => {
  const [ada, eve] = [await house.join(), await house.join()];
  expect(await budgetOf(ada)).toBeNull();

  const set = await limit(ada, { maxTokens: 5_000_000_000, maxCost: 2.5 });

  expect(set).toEqual({
    maxTokens: 5_000_000_000,
    maxCost: 2.5,
    spent: NOTHING,
    reserved: NOTHING,
    resetsAt: startOfNextMonth(new Date()).toISOString(),
  });
  expect(await budgetOf(ada)).toEqual(set);
  const query = 'query ($id: ID!) { node(id: $id) { ... on User { budget { maxCost } } } }';
  expect(await owner.get(query, { id: ada.id })).toEqual({ node: { budget: { maxCost: 2.5 } } });
  expect(await ada.get(query, { id: ada.id })).toEqual({ node: { budget: { maxCost: 2.5 } } });
  expect(await eve.get(query, { id: ada.id })).toEqual({ node: null });
  expect(await budgetOf(eve)).toBeNull();
});

it('lets administrators alone set them, for users that there are, to what can be', async () => {
  const ada = await house.join();
  const refusal = async (person: Person, input: object) => (await person.ask(SET, { input })).errors?.[0]?.extensions;

  expect(await refusal(ada, { userId: ada.id, maxCost: 100 })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await refusal(owner, { userId: 'usr_nobody', maxCost: 100 })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await refusal(owner, { userId: ada.id, maxTokens: 1.5 })).toMatchObject({ field: 'maxTokens' });
  expect(await refusal(owner, { userId: ada.id, maxCost: -1 })).toMatchObject({ field: 'maxCost' });
});

it('counts what every step of a turn took, and frees what it did not take', async () => {
  const ada = await house.join();
  await limit(ada, { maxTokens: 10_000, maxCost: 10 });
  house.llm.script([callTool('time_now', { timeZone: 'Asia/Seoul' }), say('아홉 시입니다.')]);

  await ada.turn(await ada.createConversation({ modelId }), '몇 시야?');

  expect(await budgetOf(ada)).toMatchObject({ spent: { tokens: 30, cost: 0.01 }, reserved: NOTHING });
});

it('refuses a turn that may take more than is left, before the service is asked', async () => {
  const ada = await house.join();
  const conversationId = await ada.createConversation({ modelId });
  await limit(ada, { maxCost: 0.999 });
  const before = house.llm.requests.length;

  const events = await ada.turn(conversationId, 'go');

  expect(events.map(({ __typename }) => __typename)).toEqual(['RunStarted', 'StepStarted', 'RunFailed']);
  expect(errorOf(events)).toMatchObject({ code: 'BUDGET_EXCEEDED', isRetryable: false });
  expect(house.llm.requests.length).toBe(before);
  expect(await budgetOf(ada)).toMatchObject({ spent: NOTHING, reserved: NOTHING });
  const { usage } = await ada.get<{ usage: { total: { calls: number } } }>('{ usage { total { calls } } }');
  expect(usage.total.calls).toBe(0);

  await limit(ada, { maxCost: 1 });
  expect((await ada.turn(conversationId, 'again')).at(-1)).toMatchObject({ __typename: 'RunCompleted' });
});

it('refuses in the middle of a turn, too', async () => {
  const ada = await house.join();
  await limit(ada, { maxCost: 1.004 });
  house.llm.script([callTool('time_now', { timeZone: 'Asia/Seoul' })]);

  const events = await ada.turn(await ada.createConversation({ modelId }), '몇 시야?');

  expect(errorOf(events)).toMatchObject({ code: 'BUDGET_EXCEEDED' });
  expect(await budgetOf(ada)).toMatchObject({ spent: { tokens: 15, cost: 0.005 }, reserved: NOTHING });
});

it('does not hand a refused turn to another model', async () => {
  const ada = await house.join();
  await limit(ada, { maxTokens: 10 });
  const fallbackModelIds = [await newModel({ maxOutputTokens: 1 })];
  const before = house.llm.requests.length;

  const events = await ada.turn(await ada.createConversation({ modelId, fallbackModelIds }), 'go');

  expect(errorOf(events)).toMatchObject({ code: 'BUDGET_EXCEEDED' });
  expect(house.llm.requests.length).toBe(before);
});

it('asks for no longer an answer than was reserved for', async () => {
  const ada = await house.join();
  const conversationId = await ada.createConversation({ modelId: await newModel({}) });
  await ada.turn(conversationId, 'go');
  const unlimited = house.llm.requests.at(-1)?.body;

  await limit(ada, { maxTokens: 100_000 });
  await ada.turn(conversationId, 'go');

  expect(unlimited).not.toHaveProperty('max_tokens');
  expect(unlimited).not.toHaveProperty('max_completion_tokens');
  const asked = house.llm.requests.at(-1)?.body;
  expect(asked?.['max_tokens'] ?? asked?.['max_completion_tokens']).toBe(4_096);
});

it('is never exceeded by fifty turns at once', async () => {
  const ada = await house.join();
  await limit(ada, { maxCost: 7.5 });
  const conversations = await Promise.all(Array.from({ length: 50 }, () => ada.createConversation({ modelId })));
  const before = house.llm.requests.length;
  let release = (): void => {};
  const allAreThere = new Promise<void>((resolve) => (release = resolve));
  const greedy: Reply = async (response, request) => {
    await allAreThere;
    await say('a long answer', { usage: { prompt_tokens: 10, completion_tokens: 1_000 } })(response, request);
  };
  house.llm.otherwise(greedy);
  let refused = 0;

  const turns = conversations.map(async (id) => {
    const events = await ada.turn(id, 'go');
    // 43 are refused while the other seven wait for their answers.
    if (errorOf(events) && ++refused === 43) release();
    return events;
  });
  const ends = (await Promise.all(turns)).map((events) => errorOf(events)?.code ?? 'answered');
  house.llm.otherwise(say('hello'));

  expect(ends.filter((end) => end === 'answered')).toHaveLength(7);
  expect(ends.filter((end) => end === 'BUDGET_EXCEEDED')).toHaveLength(43);
  expect(house.llm.requests.length - before).toBe(7);
  expect(await budgetOf(ada)).toMatchObject({ spent: { tokens: 7_070, cost: 7 }, reserved: NOTHING });
});

it.each<[string, Reply, number]>([
  ['a call that fails in the middle', cut('Hello, world! This is a test of the tokenizer.'), 12],
  ['a call that is refused', fail(403), 0],
])('counts %s for what had come of it', async (_what, reply, outputTokens) => {
  const ada = await house.join();
  await limit(ada, { maxTokens: 100_000 });
  house.llm.script([reply]);

  await ada.turn(await ada.createConversation({ modelId }), 'go');

  const budget = await budgetOf(ada);
  expect(budget).toMatchObject({ spent: { cost: outputTokens / 1_000 }, reserved: NOTHING });
  const { usage } = await ada.get<{ usage: { total: { totalTokens: number } } }>('{ usage { total { totalTokens } } }');
  expect(budget?.spent.tokens).toBe(usage.total.totalTokens);
});

it('counts what was taken before in the same month when it is set, and begins anew when it is set again', async () => {
  const ada = await house.join();
  const conversationId = await ada.createConversation({ modelId });
  await ada.turn(conversationId, 'go');

  expect(await limit(ada, { maxCost: 1 })).toMatchObject({ spent: { tokens: 15, cost: 0.005 } });
  expect(errorOf(await ada.turn(conversationId, 'go'))).toMatchObject({ code: 'BUDGET_EXCEEDED' });

  expect(await limit(ada, {})).toMatchObject({ maxTokens: null, maxCost: null, spent: { tokens: 15 } });
  expect(await budgetOf(ada)).toBeNull();
  expect(errorOf(await ada.turn(conversationId, 'go'))).toBeUndefined();
});

/** As a process leaves it that dies between reserving and settling. */
async function leaveBehind(person: Person, callId: string, until: Date): Promise<void> {
  const now = new Date();
  const reservation = { callId, runId: 'run_lost', amount: { tokens: 1_000, cost: 0.5 }, until };
  const reserved = await house.needs.budgets.reserve(userSubject(person.id), monthOf(now), reservation);
  expect(reserved).toBe(true);
}

const IN_AN_HOUR = () => new Date(Date.now() + 3_600_000);
const A_MOMENT_AGO = () => new Date(Date.now() - 1);

it('frees what a lost process had reserved as soon as somebody needs it, and settles what is in the books', async () => {
  const ada = await house.join();
  await limit(ada, { maxCost: 1.3 });
  const conversationId = await ada.createConversation({ modelId });
  await leaveBehind(ada, 'run_lost-1-1', IN_AN_HOUR());
  await leaveBehind(ada, 'run_lost-2-1', IN_AN_HOUR());
  await house.needs.usage.record([
    {
      id: 'run_lost-1-1',
      userId: ada.id,
      conversationId,
      runId: 'run_lost',
      messageId: 'msg_lost',
      modelId,
      modelName: 'priced',
      step: 1,
      outcome: 'COMPLETED',
      usage: { ...NO_USAGE, inputTokens: 100, outputTokens: 200, cost: 0.2 },
      at: new Date(),
    },
  ]);
  expect(await budgetOf(ada)).toMatchObject({ spent: NOTHING, reserved: { tokens: 2_000, cost: 1 } });

  const events = await ada.turn(conversationId, 'go');

  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted' });
  expect(await budgetOf(ada)).toMatchObject({
    spent: { tokens: 315, cost: expect.closeTo(0.205) as number },
    reserved: NOTHING,
  });
});

it('forgets what was reserved for longer than any run lasts', async () => {
  const ada = await house.join();
  await limit(ada, { maxCost: 100 });
  await leaveBehind(ada, 'run_lost-1-1b', A_MOMENT_AGO());

  expect(await budgetOf(ada)).toMatchObject({ reserved: NOTHING });
  await ada.turn(await ada.createConversation({ modelId }), 'go');

  const account = await house.needs.budgets.find(userSubject(ada.id), monthOf(new Date()));
  expect(account?.reservations).toEqual([]);
});

it('keeps nothing free for a request that was refused, so that the same call fits in another way', async () => {
  const ada = await house.join();
  await limit(ada, { maxCost: 1.3 });
  const conversationId = await ada.createConversation({ modelId: await newModel({ maxOutputTokens: 1_000 }) });
  house.llm.script([refusing('tools', say('never')), refusing('functions', say('never')), say('hello')]);

  const events = await ada.turn(conversationId, 'go');

  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted' });
  expect(await budgetOf(ada)).toMatchObject({ spent: { tokens: 15 }, reserved: NOTHING });
});
