import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { say } from '../kit/fake-llm.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  ada = await house.join('ada');
  bob = await house.join('bob');
});
afterAll(() => house.close());

const CREATE = /* GraphQL */ `
  mutation ($input: CreateConversationInput!) {
    createConversation(input: $input) {
      id
      kind
      visibility
      title
      titleSource
      providerName
      modelName
      temperature
      maxOutputTokens
      instructions
      owner {
        userName
      }
      model {
        name
      }
      activeLeaf
      activeRun {
        id
      }
      lastMessageAt
      usage {
        totalTokens
      }
      messages {
        nodes {
          id
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`;

it('makes one without contacting the model, even while the model is away', async () => {
  const { createConversation } = await bob.get<{ createConversation: unknown }>(CREATE, {
    input: { temperature: 0.2 },
  });

  expect(createConversation).toEqual({
    id: expect.stringMatching(/^conv_[0-9a-z]{26}$/) as string,
    kind: 'PERSONAL',
    visibility: 'PRIVATE',
    title: '제목 없음',
    titleSource: 'DEFAULT',
    providerName: expect.any(String) as string,
    modelName: 'fake-1',
    temperature: 0.2,
    maxOutputTokens: null,
    instructions: '',
    owner: { userName: 'bob' },
    model: { name: 'fake-1' },
    activeLeaf: null,
    activeRun: null,
    lastMessageAt: null,
    usage: { totalTokens: 0 },
    messages: {
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    },
  });
  expect(house.llm.requests).toEqual([]);
});

it("sends the model what the conversation says of it, and the model's own settings where it says nothing", async () => {
  const own = await ada.createConversation({ temperature: 0.1, maxOutputTokens: 77 });
  const plain = await ada.createConversation();
  house.llm.script([say('ok'), say('ok')]);
  await ada.turn(own, 'hi');
  await ada.turn(plain, 'hi');

  const [first, second] = house.llm.requests.slice(-2).map(({ body }) => body);

  expect(first).toMatchObject({ model: 'fake-1', temperature: 0.1 });
  expect(second).toMatchObject({ model: 'fake-1', temperature: 0.7 });
  expect([first, second].map((body) => body?.['max_tokens'] ?? body?.['max_completion_tokens'])).toEqual([77, 1000]);
});

it('changes what is asked for and leaves the rest', async () => {
  const id = await ada.createConversation({ title: 'Engines', instructions: 'Be brief.', temperature: 0.3 });

  const { updateConversation } = await ada.get<{ updateConversation: unknown }>(
    'mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { title titleSource instructions temperature maxOutputTokens } }',
    { input: { id, temperature: null, maxOutputTokens: 50 } },
  );

  expect(updateConversation).toEqual({
    title: 'Engines',
    titleSource: 'USER',
    instructions: 'Be brief.',
    temperature: null,
    maxOutputTokens: 50,
  });
});

it('takes a title as one line', async () => {
  const id = await ada.createConversation();

  const renamed = await ada.get(
    'mutation ($id: ID!, $title: String!) { renameConversation(id: $id, title: $title) { title titleSource } }',
    {
      id,
      title: '  새\n제목 ',
    },
  );

  expect(renamed).toEqual({ renameConversation: { title: '새 제목', titleSource: 'USER' } });
});

it('lists the own ones, last changed first, page by page', async () => {
  const carol = await house.join('carol');
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push(await carol.createConversation({ title: `talk ${i}` }));
  await carol.get('mutation ($id: ID!) { renameConversation(id: $id, title: "first again") { id } }', { id: ids[0] });
  const query =
    'query ($after: String) { conversations(first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }';
  type Page = { conversations: { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } };

  const seen: string[] = [];
  let after: string | null = null;
  do {
    const { conversations }: Page = await carol.get<Page>(query, { after });
    seen.push(...conversations.nodes.map(({ id }) => id));
    after = conversations.pageInfo.hasNextPage ? conversations.pageInfo.endCursor : null;
  } while (after !== null);

  expect(seen).toEqual([ids[0], ids[4], ids[3], ids[2], ids[1]]);
});

it('reads messages from either end, and each with its place in the tree', async () => {
  const id = await ada.createConversation();
  house.llm.script([say('two'), say('four'), say('six')]);
  for (const text of ['one', 'three', 'five']) await ada.turn(id, text);
  const page = 'nodes { text } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }';
  type Page = { nodes: { text: string }[]; pageInfo: Record<string, unknown> };
  const read = async (args: string, field = 'messages') =>
    (
      await ada.get<{ conversation: Record<string, Page> }>(
        `query ($id: ID!) { conversation(id: $id) { ${field}${args} { ${page} } } }`,
        { id },
      )
    ).conversation[field]!;

  const newest = await read('(last: 2)');
  const before = await read(`(last: 3, before: "${String(newest.pageInfo['startCursor'])}")`);
  const oldest = await read('(first: 4)');
  const after = await read(`(first: 4, after: "${String(oldest.pageInfo['endCursor'])}")`);

  expect(newest).toMatchObject({ nodes: [{ text: 'five' }, { text: 'six' }], pageInfo: { hasPreviousPage: true } });
  expect(before.nodes.map(({ text }) => text)).toEqual(['two', 'three', 'four']);
  expect(oldest.nodes.map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four']);
  expect(after).toMatchObject({ nodes: [{ text: 'five' }, { text: 'six' }], pageInfo: { hasNextPage: false } });
  expect((await read('', 'tree')).nodes).toHaveLength(6);
  type Nodes = {
    conversation: {
      activeLeaf: string;
      messages: { nodes: { id: string; parentId: string | null; siblings: string[] }[] };
    };
  };
  const { conversation } = await ada.get<Nodes>(
    'query ($id: ID!) { conversation(id: $id) { activeLeaf messages { nodes { id parentId siblings } } } }',
    { id },
  );
  const nodes = conversation.messages.nodes;
  expect(nodes.map(({ parentId }) => parentId)).toEqual([null, ...nodes.slice(0, -1).map((node) => node.id)]);
  expect(nodes.map(({ siblings }) => siblings)).toEqual(nodes.map((node) => [node.id]));
  expect(conversation.activeLeaf).toBe(nodes.at(-1)?.id);
});

it('is private to its owner: to anybody else it does not exist, byte for byte', async () => {
  const id = await ada.createConversation();
  house.llm.script([say('hello')]);
  const runId = (await ada.turn(id, 'hi'))[0]?.['runId'] as string;
  const look = async () => {
    const asked = 'query ($id: ID!) { conversation(id: $id) { activeLeaf title temperature updatedAt } }';
    return (await ada.get<{ conversation: { activeLeaf: string } }>(asked, { id })).conversation;
  };
  const conversation = await look();
  const operations = [
    'query ($id: ID!) { conversation(id: $id) { id } }',
    'mutation ($id: ID!) { renameConversation(id: $id, title: "mine") { id } }',
    'mutation ($id: ID!) { updateConversation(input: { id: $id, temperature: 1 }) { id } }',
    'mutation ($id: ID!) { deleteConversation(id: $id) }',
    'mutation ($id: ID!) { sendMessage(input: { conversationId: $id, text: "hi" }) { run { id } } }',
    'mutation ($id: ID!) { invokeChat(input: { conversationId: $id, text: "hi" }) { run { id } } }',
  ];

  for (const operation of operations) {
    const [foreign, missing, malformed] = await Promise.all(
      [id, newId('conv'), 'conv_nonsense'].map((each) => bob.ask(operation, { id: each })),
    );
    expect(foreign?.errors?.[0]?.extensions).toEqual({ code: 'NOT_FOUND' });
    expect(missing).toEqual(foreign);
    expect(malformed).toEqual(foreign);
  }
  expect(await look()).toEqual(conversation);
  for (const [query, own] of [
    ['query ($id: ID!) { run(id: $id) { id } }', runId],
    ['mutation ($id: ID!) { cancelRun(runId: $id) { id } }', runId],
  ] as const) {
    const foreign = await bob.ask(query, { id: own });
    expect(foreign.errors?.[0]?.extensions).toEqual({ code: 'NOT_FOUND' });
    expect(await bob.ask(query, { id: newId('run') })).toEqual(foreign);
  }
  const ids = [id, runId, conversation.activeLeaf];
  expect(await bob.get('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).toEqual({
    nodes: [null, null, null],
  });
  expect(await ada.get('query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }', { ids })).toEqual({
    nodes: [
      { id, __typename: 'Conversation' },
      { id: runId, __typename: 'Run' },
      { id: conversation.activeLeaf, __typename: 'Message' },
    ],
  });
});

it('is gone with all that was said in it once it is deleted, and what it cost stays in the books', async () => {
  const id = await ada.createConversation();
  house.llm.script([say('hello')]);
  const runId = (await ada.turn(id, 'hi'))[0]?.['runId'] as string;

  expect(await ada.get('mutation ($id: ID!) { deleteConversation(id: $id) }', { id })).toEqual({
    deleteConversation: id,
  });

  expect(await ada.get('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [id, runId] })).toEqual({
    nodes: [null, null],
  });
  expect(await house.needs.messages.listLinks(id)).toEqual([]);
  expect((await house.needs.usage.totalOfConversation(id)).outputTokens).toBe(5);
});
