import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { stall } from '../kit/fake-llm.js';
import { collect, openHouse, type ApiError, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let owner: Person;
let ada: Person;
let conversationId: string;
beforeAll(async () => {
  house = await openHouse();
  owner = await house.join('owner');
  ada = await house.join('ada');
  conversationId = await ada.createConversation();
});
afterAll(() => house.close());

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }';

it.each([
  ['a blank text', { text: ' \n ' }, { code: 'INVALID_INPUT', field: 'text' }],
  ['a text that is too long', { text: 'x'.repeat(32_001) }, { code: 'INVALID_INPUT', field: 'text' }],
  [
    'more tools than a list may name',
    { toolNames: Array(101).fill('time_now') },
    { code: 'INVALID_INPUT', field: 'toolNames' },
  ],
  ['a tool that is not there', { toolNames: ['rm_rf'] }, { code: 'INVALID_INPUT', field: 'toolNames' }],
  ['an id that is too long', { clientMessageId: 'x'.repeat(129) }, { code: 'INVALID_INPUT', field: 'clientMessageId' }],
  ['a model that never was', { modelId: newId('mod') }, { code: 'MODEL_UNAVAILABLE' }],
  ['an id that is none', { modelId: '{"$gt":""}' }, { code: 'MODEL_UNAVAILABLE' }],
])('refuses %s by name, and keeps nothing of it', async (_what, input, extensions) => {
  const { errors } = await ada.ask(SEND, { input: { conversationId, text: 'hi', ...input } });

  expect(errors?.map((error) => error.extensions)).toEqual([extensions]);
  expect(await house.needs.messages.listLinks(conversationId)).toEqual([]);
});

it.each([
  ['a temperature out of range', { temperature: 2.1 }, 'temperature'],
  ['no tokens at all', { maxOutputTokens: 0 }, 'maxOutputTokens'],
  ['a title of blanks', { title: ' \n ' }, 'title'],
  ['a title without end', { title: '가'.repeat(101) }, 'title'],
  ['a title that is as long as a request', { title: 'a'.repeat(250_000) }, 'title'],
  ['a title of one character without end', { title: `e${'\u0301'.repeat(5_000)}` }, 'title'],
  ['models without end that stand in', { fallbackModelIds: Array(50).fill(newId('mod')) }, 'fallbackModelIds'],
  ['instructions without end', { instructions: 'x'.repeat(16_001) }, 'instructions'],
])('refuses a conversation with %s', async (_what, input, field) => {
  const { errors } = await ada.ask(
    'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { id } }',
    { input },
  );

  expect(errors?.map((error) => error.extensions)).toEqual([{ code: 'INVALID_INPUT', field }]);
});

it('refuses fields that the schema does not have', async () => {
  const { errors } = await ada.ask(
    'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { id } }',
    { input: { ownerId: owner.id } },
  );

  expect(errors?.[0]?.extensions.code).toBe('INVALID_INPUT');
});

const CURSOR = Buffer.from(newId('usr')).toString('base64url');
const OTHERS = Buffer.from(newId('msg')).toString('base64url');

it.each([
  ['jobs', `jobs(after: "${CURSOR}") { nodes { id } }`, 'after'],
  ['conversations', `conversations(after: "${CURSOR}") { nodes { id } }`, 'after'],
  [
    'a conversation, from its start',
    `conversation(id: $id) { messages(after: "${OTHERS}") { nodes { id } } }`,
    'after',
  ],
  [
    'a conversation, from its end',
    `conversation(id: $id) { messages(before: "${OTHERS}") { nodes { id } } }`,
    'before',
  ],
  ['a tree', `conversation(id: $id) { tree(after: "${OTHERS}") { nodes { id } } }`, 'after'],
])('takes no cursor of another list for one of %s', async (_what, asked, field) => {
  const { errors } = await ada.ask(`query ($id: ID!) { node(id: $id) { id } ${asked} }`, { id: conversationId });

  expect(errors?.map((error) => error.extensions)).toEqual([{ code: 'INVALID_INPUT', field }]);
});

it('refuses a second run while one is active, and the first goes on', async () => {
  const id = await ada.createConversation();
  house.llm.script([stall('working on it')]);
  const first = await ada.get<{ sendMessage: { run: { id: string } } }>(SEND, {
    input: { conversationId: id, text: 'one' },
  });

  const { errors } = await ada.ask(SEND, { input: { conversationId: id, text: 'two' } });

  expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', isRetryable: true });
  await ada.get('mutation ($id: ID!) { cancelRun(runId: $id) { id } }', { id: first.sendMessage.run.id });
  const events = await collect(ada.chat({ runId: first.sendMessage.run.id }));
  expect(events.at(-1)?.__typename).toBe('RunCancelled');
});

it('refuses another text under the id of a message that was sent', async () => {
  const id = await ada.createConversation();
  house.llm.otherwise(stall('…'));
  await ada.get(SEND, { input: { conversationId: id, text: 'one', clientMessageId: 'same' } });

  const { errors } = await ada.ask(SEND, { input: { conversationId: id, text: 'two', clientMessageId: 'same' } });

  expect(errors?.[0]?.extensions).toEqual({ code: 'CONFLICT', field: 'clientMessageId' });
});

it('stops sending to a deleted model by name, and never reading', async () => {
  const created = await owner.get<{ createProvider: { id: string } }>(
    'mutation ($input: CreateProviderInput!) { createProvider(input: $input) { id } }',
    {
      input: { name: 'short-lived', baseUrl: house.llm.baseUrl },
    },
  );
  const made = await owner.get<{ createModel: { id: string } }>(
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { id } }',
    {
      input: { providerId: created.createProvider.id, name: 'mayfly' },
    },
  );
  const id = await ada.createConversation({ modelId: made.createModel.id });

  await owner.get('mutation ($id: ID!) { deleteModel(id: $id) }', { id: made.createModel.id });

  expect((await ada.ask(SEND, { input: { conversationId: id, text: 'hi' } })).errors?.[0]?.extensions).toEqual({
    code: 'MODEL_UNAVAILABLE',
  });
  expect(
    await ada.get('query ($id: ID!) { conversation(id: $id) { modelName providerName model { id } } }', { id }),
  ).toEqual({
    conversation: { modelName: 'mayfly', providerName: 'short-lived', model: null },
  });
});

it('keeps guests from writing', async () => {
  const guest = await house.join('guest');
  const id = await guest.createConversation();
  await owner.get('mutation ($input: SetUserRoleInput!) { setUserRole(input: $input) { role } }', {
    input: { userId: guest.id, role: 'GUEST' },
  });

  const answers = await Promise.all([
    guest.ask('mutation { createConversation(input: {}) { id } }'),
    guest.ask(SEND, { input: { conversationId: id, text: 'hi' } }),
    guest.ask('mutation ($id: ID!) { renameConversation(id: $id, title: "mine") { id } }', { id }),
    guest.ask('mutation ($id: ID!) { updateConversation(input: { id: $id, temperature: 1 }) { id } }', { id }),
    guest.ask('mutation ($id: ID!) { deleteConversation(id: $id) }', { id }),
  ]);

  expect(answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(Array(5).fill('FORBIDDEN'));
  expect(await guest.get('query ($id: ID!) { conversation(id: $id) { id } }', { id })).toEqual({
    conversation: { id },
  });
});

it.each([
  ['neither a message nor a run', {}],
  ['both', { runId: newId('run'), message: { conversationId: 'x', text: 'x', clientMessageId: 'x' } }],
  ['a message without an id of its own', { message: { conversationId: 'x', text: 'x' } }],
  ['a cursor below zero', { runId: newId('run'), after: -1 }],
])('refuses a stream of %s', async (_what, variables) => {
  const failed = await collect(ada.chat(variables)).catch((errors: unknown) => errors);

  expect((failed as ApiError[]).map(({ extensions }) => extensions.code)).toEqual(['INVALID_INPUT']);
});

it('lets nobody follow a run who may not, or who is not signed in', async () => {
  const failed = await collect(ada.chat({ runId: newId('run') })).catch((errors: unknown) => errors);
  expect((failed as ApiError[])[0]?.extensions).toEqual({ code: 'NOT_FOUND' });

  const { errors } = await house.ask('{ me { id } }');
  expect(errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
});

it('refuses a file whose name is as long as a request, and ends in a folder, at once', async () => {
  const startedAt = performance.now();

  const { errors } = await ada.ask('mutation ($input: CreateUploadInput!) { createUpload(input: $input) { id } }', {
    input: { fileName: `${'a'.repeat(100_000)}/`, mediaType: 'text/plain', bytes: 1, purpose: 'DOCUMENT' },
  });

  expect(errors?.map((error) => error.extensions)).toEqual([{ code: 'INVALID_INPUT', field: 'fileName' }]);
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});
