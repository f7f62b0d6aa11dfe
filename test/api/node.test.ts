import { afterAll, beforeAll, expect, it } from 'vitest';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';
import { say } from '../kit/fake-llm.js';

let house: RunningHouse;
let ada: Person;
let bob: Person;
let ids: { user: string; provider: string; model: string; conversation: string; message: string; run: string };

beforeAll(async () => {
  house = await openHouse();
  house.llm.otherwise(say('Good day!'));
  ada = await house.join('ada');
  bob = await house.join('bob');
  const conversation = await ada.createConversation();
  await ada.turn(conversation, 'Hello');
  const found = await ada.get<Found>(
    `query ($id: ID!) { models { id provider { id } } conversation(id: $id) { messages(last: 1) { nodes { id run { id } } } } }`,
    { id: conversation },
  );
  const [message] = found.conversation.messages.nodes;
  const [model] = found.models;
  ids = {
    user: ada.id,
    provider: model!.provider.id,
    model: model!.id,
    conversation,
    message: message!.id,
    run: message!.run.id,
  };
});
afterAll(() => house.close());

type Found = {
  models: { id: string; provider: { id: string } }[];
  conversation: { messages: { nodes: { id: string; run: { id: string } }[] } };
};

const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';

it('finds anything by its id, in the order of the ids', async () => {
  const { user, provider, model, conversation, message, run } = ids;

  expect(await ada.get(NODES, { ids: [run, message, conversation, model, provider, user] })).toEqual({
    nodes: [
      { __typename: 'Run', id: run },
      { __typename: 'Message', id: message },
      { __typename: 'Conversation', id: conversation },
      { __typename: 'Model', id: model },
      { __typename: 'Provider', id: provider },
      { __typename: 'User', id: user },
    ],
  });
});

it('gives the fields of what it found', async () => {
  const query = 'query ($id: ID!) { node(id: $id) { ... on Message { text run { status } } } }';

  expect(await ada.get(query, { id: ids.message })).toEqual({
    node: { text: 'Good day!', run: { status: 'COMPLETED' } },
  });
});

it("shows nobody else's things, and does not tell them from what does not exist", async () => {
  const missing = ids.conversation.replace(/.$/, (last) => (last === '0' ? '1' : '0'));

  expect(await bob.get(NODES, { ids: [ids.conversation, ids.message, ids.run, missing] })).toEqual({
    nodes: [null, null, null, null],
  });
});

it.each(['', 'nonsense', 'conv_', 'usr_short', 'ses_0123456789abcdefghjkmnpqrs', '__proto___x'])(
  'finds nothing by %j',
  async (id) => {
    expect(await ada.get('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: null });
  },
);

it('takes at most 100 ids', async () => {
  const { errors } = await ada.ask(NODES, { ids: Array(101).fill(ids.user) });

  expect(errors?.[0]?.extensions).toEqual({ code: 'INVALID_INPUT', field: 'ids' });
});

it('asks who is asking', async () => {
  const { errors } = await house.ask('query ($id: ID!) { node(id: $id) { id } }', { id: ids.user });

  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});
