import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_USAGE } from '../../src/domain/usage/usage.js';
import { callTool, cut, fail, say } from '../kit/fake-llm.js';
import { collect, openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let owner: Person;
let ada: Person;
beforeAll(async () => {
  house = await openHouse();
  owner = await house.join('owner');
  ada = await house.join('ada');
});
afterAll(() => house.close());

type Total = { calls: number; inputTokens: number; outputTokens: number; cost: number | null; isEstimated: boolean };
type Group = { day: string; modelName: string; conversationId: string; userId: string; total: Total };
type Report = { from: string; to: string; total: Total; groups: Group[]; isTruncated: boolean };

const REPORT = /* GraphQL */ `
  query ($filter: UsageFilter) {
    usage(filter: $filter) {
      from
      to
      isTruncated
      total {
        ...Total
      }
      groups {
        day
        modelName
        conversationId
        userId
        total {
          ...Total
        }
      }
    }
  }
  fragment Total on UsageTotal {
    calls
    inputTokens
    outputTokens
    totalTokens
    cost
    isEstimated
  }
`;

const report = async (person: Person, filter?: Record<string, unknown>) =>
  (await person.get<{ usage: Report }>(REPORT, { filter })).usage;

const codeOf = async (person: Person, filter: Record<string, unknown>) =>
  (await person.ask(REPORT, { filter })).errors?.[0]?.extensions;

/** What the calls of one conversation took, its owner being asked. */
const totalOf = async (person: Person, conversationId: string) => (await report(person, { conversationId })).total;

async function pricedModel(name: string): Promise<string> {
  const { providers } = await owner.get<{ providers: { id: string; baseUrl: string }[] }>(
    '{ providers { id baseUrl } }',
  );
  const providerId = providers.find(({ baseUrl }) => baseUrl === house.llm.baseUrl)?.id;
  const made = await owner.get<{ createModel: { id: string } }>(
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { id } }',
    { input: { providerId, name, inputPrice: 1_000, outputPrice: 10_000 } },
  );
  return made.createModel.id;
}

it('keeps with an answer what all its steps took, as the service says', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([callTool('time_now', { timeZone: 'Asia/Seoul' }), say('아홉 시입니다.')]);

  await ada.turn(conversationId, '몇 시야?');

  const { conversation } = await ada.get<{ conversation: { messages: { nodes: { usage: unknown }[] } } }>(
    'query ($id: ID!) { conversation(id: $id) { messages { nodes { usage { inputTokens outputTokens isEstimated } } } } }',
    { id: conversationId },
  );
  const whole = { inputTokens: 20, outputTokens: 10, isEstimated: false };
  expect(conversation.messages.nodes.map(({ usage }) => usage)).toEqual([null, whole]);
  expect(await totalOf(ada, conversationId)).toMatchObject({ calls: 2, totalTokens: 30, ...whole });
});

it.each([
  ['Hello, world! This is a test of the tokenizer.', 12],
  ['리스트를 정렬하는 코드를 찾아 주세요.', 11],
])('counts the tokens itself where the service does not say, and marks them: %s', async (text, tokens) => {
  const conversationId = await ada.createConversation();
  house.llm.script([say(text, { usage: null })]);

  const events = await ada.turn(conversationId, 'go', { toolNames: [] });

  expect(events.at(-1)).toMatchObject({ usage: { outputTokens: tokens, isEstimated: true } });
  const told = JSON.stringify(house.llm.requests.at(-1)?.body.messages).length;
  const { inputTokens, ...rest } = await totalOf(ada, conversationId);
  expect(rest).toMatchObject({ calls: 1, outputTokens: tokens, isEstimated: true });
  expect(inputTokens).toBeGreaterThan(told / 10);
  expect(inputTokens).toBeLessThan(told / 2);
});

it('keeps a conversation readable that has taken more than an Int can tell', async () => {
  const conversationId = await ada.createConversation();
  const record = (step: number) => ({
    id: `run_huge-${step}-1`,
    userId: ada.id,
    conversationId,
    runId: 'run_huge',
    messageId: null,
    modelId: 'mod_huge',
    modelName: 'huge',
    step,
    outcome: 'COMPLETED' as const,
    usage: { ...NO_USAGE, inputTokens: 1_500_000_000, outputTokens: 700_000_000 },
    at: new Date(),
  });
  await house.needs.usage.record([record(1), record(2)]);

  const { conversation } = await ada.get<{ conversation: { usage: unknown } }>(
    'query ($id: ID!) { conversation(id: $id) { usage { inputTokens outputTokens totalTokens } } }',
    { id: conversationId },
  );

  const most = 2 ** 31 - 1;
  expect(conversation.usage).toEqual({ inputTokens: most, outputTokens: 1_400_000_000, totalTokens: most });
  expect(await totalOf(ada, conversationId)).toMatchObject({ totalTokens: 4_400_000_000 });
});

it('counts calls that fail, with what had come of them', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([cut('Hello, world! This is a test of the tokenizer.')]);

  expect((await ada.turn(conversationId, 'go')).at(-1)).toMatchObject({ __typename: 'RunFailed' });

  const total = await totalOf(ada, conversationId);
  expect(total).toMatchObject({ calls: 1, outputTokens: 12, isEstimated: true });
  expect(total.inputTokens).toBeGreaterThan(50);
});

it('counts a call that is refused as one that took nothing', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([fail(403)]);

  await ada.turn(conversationId, 'go');

  expect(await totalOf(ada, conversationId)).toMatchObject({ calls: 1, totalTokens: 0 });
});

it('counts calls that are cancelled, with what had come of them', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([say('one two three four five six seven', { everyMs: 100 })]);
  let runId: unknown;
  for await (const event of ada.chat({ message: { conversationId, text: 'go', clientMessageId: 'to-cancel' } })) {
    runId = event['runId'];
    if (event.__typename === 'TextDelta') break;
  }

  await ada.get('mutation ($id: ID!) { cancelRun(runId: $id) { status } }', { id: runId });

  const events = await collect(ada.chat({ runId: runId as string }));
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCancelled' });
  const total = await totalOf(ada, conversationId);
  expect(total).toMatchObject({ calls: 1, isEstimated: true });
  expect(total.outputTokens).toBeGreaterThan(0);
  expect(total.outputTokens).toBeLessThan(7);
});

it('counts a message once that is sent again', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([say('hello')]);
  const message = { conversationId, text: 'go', clientMessageId: 'sent-twice' };

  await collect(ada.chat({ message }));
  await collect(ada.chat({ message }));

  expect(await totalOf(ada, conversationId)).toMatchObject({ calls: 1, inputTokens: 10, outputTokens: 5 });
});

it('tells everybody what they took: by day, by model, by conversation, with what it cost', async () => {
  const eve = await house.join();
  const modelId = await pricedModel('priced-1');
  const [free, dear] = [await eve.createConversation(), await eve.createConversation({ modelId })];
  house.llm.otherwise(say('hello'));
  await eve.turn(free, 'go');
  await eve.turn(dear, 'go');
  await eve.turn(dear, 'on');

  const today = new Date().toISOString().slice(0, 10);
  const byDay = await report(eve);
  expect(byDay.groups.map(({ day, total }) => [day, total.calls])).toEqual([[today, 3]]);
  expect(byDay.from.slice(0, 10)).toBe(`${today.slice(0, 7)}-01`);
  expect(byDay).toMatchObject({
    total: { calls: 3, inputTokens: 30, outputTokens: 15, cost: 0.12, isEstimated: false },
    isTruncated: false,
  });
  const byModel = await report(eve, { groupBy: ['MODEL'] });
  expect(byModel.groups.map(({ modelName, total }) => [modelName, total.calls, total.cost])).toEqual([
    ['priced-1', 2, 0.12],
    ['fake-1', 1, null],
  ]);
  const byConversation = await report(eve, { groupBy: ['CONVERSATION', 'DAY'], modelId });
  expect(byConversation.groups.map(({ conversationId, day, total }) => [conversationId, day, total.calls])).toEqual([
    [dear, today, 2],
  ]);
  expect((await report(eve, { groupBy: [] })).groups).toEqual([]);
});

it('tells administrators what others took, but not in which conversations', async () => {
  const eve = await house.join();
  house.llm.otherwise(say('hello'));
  await eve.turn(await eve.createConversation(), 'go');

  const byUser = await report(owner, { scope: 'EVERYBODY', groupBy: ['USER'] });
  expect(byUser.groups.find(({ userId }) => userId === eve.id)?.total).toMatchObject({ calls: 1, inputTokens: 10 });
  expect(byUser.total.calls).toBe(byUser.groups.reduce((calls, { total }) => calls + total.calls, 0));
  expect((await report(owner, { userId: eve.id })).total.calls).toBe(1);
  expect(await codeOf(owner, { userId: eve.id, groupBy: ['CONVERSATION'] })).toMatchObject({ code: 'FORBIDDEN' });
});

it('tells others nothing', async () => {
  const conversationId = await ada.createConversation();
  house.llm.otherwise(say('hello'));
  await ada.turn(conversationId, 'go');
  const eve = await house.join();

  expect((await totalOf(eve, conversationId)).calls).toBe(0);
  expect(await codeOf(eve, { userId: ada.id })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await codeOf(eve, { scope: 'EVERYBODY' })).toMatchObject({ code: 'FORBIDDEN' });
});

it('refuses more groupings than a list may have', async () => {
  expect(await codeOf(ada, { groupBy: Array(101).fill('DAY') })).toMatchObject({
    code: 'INVALID_INPUT',
    field: 'groupBy',
  });
});

it('refuses a time that cannot be', async () => {
  expect(await codeOf(ada, { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' })).toMatchObject({
    code: 'INVALID_INPUT',
    field: 'to',
  });
  expect(await codeOf(ada, { from: '2024-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' })).toMatchObject({
    code: 'INVALID_INPUT',
    field: 'from',
  });
});
