import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient as createSseClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEngine } from '../../src/infra/engine/engine.js';
import { openHouse, PASSWORD, type Answer, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let ada: Person;
beforeAll(async () => {
  house = await openHouse();
  ada = await house.join('ada');
});
afterAll(() => house.close());

type Request = { readonly query: string; readonly variables?: Record<string, unknown> };

const CREATE =
  'mutation ($title: String) { createConversation(input: { title: $title }) { id title createdAt owner { userName } } }';

const create = (title: string): Request => ({ query: CREATE, variables: { title } });

const newKey = () => crypto.randomUUID();

/** Over HTTP, with the header. */
async function post({ house: { url }, token }: Person, key: string, request: Request): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': key },
    body: JSON.stringify(request),
  });
  return (await response.json()) as Answer;
}

async function only(results: AsyncIterable<unknown>): Promise<Answer> {
  for await (const result of results) return JSON.parse(JSON.stringify(result)) as Answer;
  throw new Error('There was no answer.');
}

/** Over each transport, each in its own way. */
const TRANSPORTS: Readonly<Record<string, (person: Person, key: string, request: Request) => Promise<Answer>>> = {
  'HTTP, by the header': post,
  async 'HTTP, by an extension'({ house: { url }, token }, idempotencyKey, request) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ ...request, extensions: { idempotencyKey } }),
    });
    return (await response.json()) as Answer;
  },
  WebSocket: (person, idempotencyKey, request) =>
    only(person.connect().iterate({ ...request, extensions: { idempotencyKey } })),
  'SSE, by the header'({ house: { url }, token }, key, request) {
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': key };
    return only(createSseClient({ url: `${url}/graphql/stream`, headers, retryAttempts: 0 }).iterate(request));
  },
};

async function titles(person: Person): Promise<string[]> {
  const { conversations } = await person.get<{ conversations: { nodes: { title: string }[] } }>(
    '{ conversations(first: 100) { nodes { title } } }',
  );
  return conversations.nodes.map(({ title }) => title);
}

const codesOf = ({ errors = [] }: Answer) => errors.map(({ extensions: { code, reason } }) => [code, reason]);

describe.each(Object.entries(TRANSPORTS))('a key over %s', (transport, send) => {
  it('has many requests at once done one time, and answered alike', async () => {
    const [key, title] = [newKey(), `once over ${transport}`];

    const answers = await Promise.all(Array.from({ length: 20 }, () => send(ada, key, create(title))));

    expect(answers[0]).toEqual({
      data: {
        createConversation: {
          id: expect.stringMatching(/^conv_/),
          title,
          createdAt: expect.any(String),
          owner: { userName: 'ada' },
        },
      },
    });
    expect(answers).toEqual(answers.map(() => answers[0]));
    expect((await titles(ada)).filter((found) => found === title)).toEqual([title]);
  });

  it('stands for one request', async () => {
    const [key, title] = [newKey(), `not twice over ${transport}`];
    await send(ada, key, create('the first'));

    const answer = await send(ada, key, create(title));

    expect(answer).toEqual({
      data: null,
      errors: [
        {
          message: 'This key was used for another request.',
          extensions: { code: 'CONFLICT', field: 'idempotencyKey', reason: 'KEY_REUSED' },
        },
      ],
    });
    expect(await titles(ada)).not.toContain(title);
  });

  it('tells a refusal as it is told without one, and may be used again', async () => {
    const [key, request] = [newKey(), create('가'.repeat(101))];
    const without = await ada.ask(request.query, request.variables);

    const answer = await send(ada, key, request);

    expect(answer).toEqual(without);
    expect(codesOf(answer)).toEqual([['INVALID_INPUT', undefined]]);
    expect((await send(ada, key, create('mended'))).errors).toBeUndefined();
  });
});

it('knows a request by what it asks, whichever transport brings it and however it is written', async () => {
  const key = newKey();
  const variables = { input: { title: 'the same', temperature: 1 } };
  const query = 'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { id } }';
  const first = await post(ada, key, { query, variables });

  const again: Request = {
    query: query.replaceAll(' { ', '\n  {\n    '),
    variables: { input: { temperature: 1, title: 'the same' } },
  };
  const answers = await Promise.all(Object.values(TRANSPORTS).map((send) => send(ada, key, again)));

  expect(answers).toEqual(answers.map(() => first));
  expect(codesOf(await post(ada, key, { query, variables: { input: { title: 'the same' } } }))).toEqual([
    ['CONFLICT', 'KEY_REUSED'],
  ]);
});

it('belongs to one user', async () => {
  const [key, bob] = [newKey(), await house.join()];
  const first = await post(ada, key, create('shared key'));

  const second = await post(bob, key, create('shared key'));

  expect(second.errors).toBeUndefined();
  expect(second).not.toEqual(first);
  expect(await titles(bob)).toEqual(['shared key']);
});

it('is refused to whoever has signed out', async () => {
  const [key, eve] = [newKey(), await house.join()];
  await post(eve, key, create('before'));
  await eve.get('mutation { logout }');

  const answer = await post(eve, key, create('before'));

  expect(answer.data).toBeNull();
  expect(codesOf(answer)).toEqual([['SESSION_EXPIRED', undefined]]);
});

it.each([
  ['is empty', ''],
  ['is too long', 'x'.repeat(256)],
  ['has a space', 'a key'],
  ['has other than ASCII', '열쇠'],
  ['is no text', 7],
])('is refused if it %s', async (_, idempotencyKey) => {
  const title = `malformed ${JSON.stringify(idempotencyKey)}`.slice(0, 90);

  const answer = await only(ada.connect().iterate({ ...create(title), extensions: { idempotencyKey } }));

  expect(answer.errors).toEqual([
    {
      message: 'A key has 1 to 255 visible ASCII characters.',
      extensions: { code: 'INVALID_INPUT', field: 'idempotencyKey' },
    },
  ]);
  expect(await titles(ada)).not.toContain(title);
});

it('may be quoted in the header', async () => {
  const key = `a\\"${newKey()}`;
  const quoted = `"${key.replaceAll(/["\\]/g, '\\$&')}"`;

  const first = await post(ada, quoted, create('quoted'));

  expect(await post(ada, key, create('quoted'))).toEqual(first);
});

it.each([
  ['login', `mutation { login(input: { userName: "ada", password: "${PASSWORD}" }) { expiresAt } }`],
  [
    'refreshSession',
    'mutation { a: renameConversation(id: "x", title: "x") { id } ...F } fragment F on Mutation { refreshSession { token } }',
  ],
  [
    'changePassword',
    `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "x" }) { user { id } } }`,
  ],
])('is refused with %s, whose answer lets somebody in', async (_, query) => {
  const answer = await post(ada, newKey(), { query });

  expect(codesOf(answer)).toEqual([['INVALID_INPUT', undefined]]);
  expect(answer.errors?.[0]?.extensions['field']).toBe('idempotencyKey');
});

it('is of no account for what changes nothing', async () => {
  const key = newKey();

  expect(await post(ada, key, { query: '{ me { userName } }' })).toEqual({ data: { me: { userName: 'ada' } } });
  expect(await post(ada, key, { query: '{ me { role } }' })).toEqual({ data: { me: { role: 'OWNER' } } });
});

it.each(['WebSocket', 'SSE, by the header'])('is of no account for a subscription over %s', async (transport) => {
  const key = newKey();
  const start = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }';
  const follow = 'subscription ($runId: ID) { chatStream(runId: $runId) { runId } }';
  for (const text of ['Hello', 'Hello again']) {
    const input = { conversationId: await ada.createConversation(), text };
    const { sendMessage } = await ada.get<{ sendMessage: { run: { id: string } } }>(start, { input });
    const runId = sendMessage.run.id;

    const answer = await TRANSPORTS[transport]!(ada, key, { query: follow, variables: { runId } });

    expect(answer).toEqual({ data: { chatStream: { runId } } });
  }
});

it.each([
  ['asks for what is not there', { query: 'mutation { noSuchThing }' }],
  ['has a variable of another type', { query: CREATE, variables: { title: 7 } }],
])('is free again after a request that %s, which is refused as without one', async (_, refused) => {
  const key = newKey();
  const send = (headers: Record<string, string>) =>
    fetch(`${house.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ada.token}`, ...headers },
      body: JSON.stringify(refused),
    });
  const without = await send({});

  const answer = await send({ 'idempotency-key': key });

  expect(answer.status).toBe(400);
  expect(answer.status).toBe(without.status);
  expect(await answer.json()).toEqual(await without.json());
  expect((await post(ada, key, create('after a refusal'))).errors).toBeUndefined();
});

it('refuses variables that are nested too deeply to be compared', async () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  const response = await fetch(`${house.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ada.token}`, 'idempotency-key': newKey() },
    body: `{"query":${JSON.stringify(CREATE)},"variables":{"title":"deep","more":${deep}}}`,
  });

  expect(codesOf((await response.json()) as Answer)).toEqual([['INVALID_INPUT', undefined]]);
  expect(await titles(ada)).not.toContain('deep');
});

it('gives the same answer after the server was started anew', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-idempotency-'));
  const env = { DATA_DIR: dir };
  const before = await openHouse({ env });
  const [key, request] = [newKey(), create('kept')];
  const first = await post(await before.join('kim'), key, request);
  await before.close();

  const after = await openHouse({ env });
  const kim = await after.logIn('kim');
  const second = await post(kim, key, request);

  expect(first.errors).toBeUndefined();
  expect(second).toEqual(first);
  expect(await titles(kim)).toEqual(['kept']);
  await after.close();
  await rm(dir, { recursive: true });
});

it('is known to all servers that share a database', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-idempotency-'));
  const engine = await startEngine({ dir, noSync: true });
  const houses = [
    await openHouse({ env: { MONGO_URL: engine.uri } }),
    await openHouse({ env: { MONGO_URL: engine.uri } }),
  ] as const;
  const kims = [await houses[0].join('kim'), await houses[1].logIn('kim')] as const;
  const [key, request] = [newKey(), create('by one of them')];

  const answers = await Promise.all(Array.from({ length: 20 }, (_, place) => post(kims[place % 2]!, key, request)));

  expect(answers[0]!.errors).toBeUndefined();
  expect(answers).toEqual(answers.map(() => answers[0]));
  expect(await titles(kims[0])).toEqual(['by one of them']);
  for (const { close } of houses) await close();
  await engine.stop();
  await rm(dir, { recursive: true });
});

it('keeps nothing of what was asked, and of the key itself', async () => {
  const apiKey = 'a-secret-of-the-service';
  const query = 'mutation ($input: CreateProviderInput!) { createProvider(input: $input) { name hasApiKey } }';
  const input = { name: newKey(), baseUrl: 'https://llm.example.com/v1', apiKey };
  const claims = vi.spyOn(house.needs.idempotency, 'claim');
  const key = newKey();

  const answer = await post(ada, key, { query, variables: { input } });

  expect(answer).toEqual({ data: { createProvider: { name: input.name, hasApiKey: true } } });
  const [attempt] = claims.mock.calls[0]!;
  expect(JSON.stringify(attempt)).not.toMatch(new RegExp(`${key}|${apiKey}|${ada.id}`));
});
