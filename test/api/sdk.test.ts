import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { MAX_REQUEST_BYTES } from '../../src/api/execution/limits.js';
import type { RunEvent } from '../../src/sdk/chat.js';
import { createTomato, type Tomato } from '../../src/sdk/client.js';
import type { TomatoError } from '../../src/sdk/tomato-error.js';
import { callTool, say, stall } from '../kit/fake-llm.js';
import { collect, openHouse, PASSWORD, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let tomato: Tomato;
let token: string;
const sockets: WebSocket[] = [];
beforeAll(async () => {
  house = await openHouse();
  const { register } = await createTomato({ url: house.url }).register({
    input: { userName: 'ada', password: PASSWORD },
  });
  token = register.token;
  tomato = createTomato({ url: house.url, token, webSocket: RememberedSocket });
});
afterAll(async () => {
  await tomato.close();
  await house.close();
});

/** So that a test can cut the one that is open. */
class RememberedSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    sockets.push(this);
  }
}

const newConversation = async () => (await tomato.createConversation({ input: {} })).createConversation.id;

function flood(socket: WebSocket): void {
  for (let count = 0; count < 1_000; count++) socket.send('{"type":"ping"}');
}

const setRole = (userId: string, role: string) =>
  house.ask(
    'mutation ($input: SetUserRoleInput!) { setUserRole(input: $input) { id } }',
    { input: { userId, role } },
    token,
  );

const textOf = (events: readonly RunEvent[]) =>
  events.map((event) => (event.__typename === 'TextDelta' ? event.text : '')).join('');

it('takes a client from its account to an answer', async () => {
  house.llm.script([callTool('time_now', { timeZone: 'UTC' }), say('It is late.')]);
  const conversationId = await newConversation();

  const events = await collect(tomato.chat({ conversationId, text: 'What time is it?' }));

  expect(events.map(({ __typename }) => __typename)).toEqual(
    expect.arrayContaining(['RunStarted', 'ToolCallStarted', 'ToolCallFinished', 'TextDelta', 'RunCompleted']),
  );
  const { conversation } = await tomato.conversation({ id: conversationId });
  expect(conversation.messages.nodes.map(({ role, text }) => [role, text])).toEqual([
    ['USER', 'What time is it?'],
    ['ASSISTANT', textOf(events)],
  ]);
});

it('takes up a chat where its connection was cut, and misses nothing', async () => {
  house.llm.script([say('one two three four five six seven eight nine ten')]);
  const events: RunEvent[] = [];

  for await (const event of tomato.chat({ conversationId: await newConversation(), text: 'Count.' })) {
    if (events.length % 2 === 0) sockets.at(-1)?.terminate();
    events.push(event);
  }

  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, place) => place + 1));
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted', message: { text: textOf(events) } });
  expect(sockets.length).toBeGreaterThan(2);
});

it('has nothing to tell of a run after its end', async () => {
  house.llm.script([say('Done.')]);
  const [end] = (await collect(tomato.chat({ conversationId: await newConversation(), text: 'Go.' }))).slice(-1);
  const { runId, seq } = end!;

  expect(await collect(tomato.follow(runId, seq))).toEqual([]);
  expect(await collect(tomato.follow(runId, seq + 100))).toEqual([]);
  expect(await collect(tomato.follow(runId, seq - 1))).toEqual([end]);
});

it('follows a run from its beginning where no cursor is given', async () => {
  house.llm.script([say('Done.')]);
  const events = await collect(tomato.chat({ conversationId: await newConversation(), text: 'Go.' }));
  const runId = events[0]!.runId;

  const followed = await collect(tomato.chatStream({ runId, after: null }));

  expect(followed.map(({ chatStream }) => chatStream)).toEqual(await collect(tomato.follow(runId)));
  expect(followed.at(0)?.chatStream.seq).toBe(1);
});

it.each([
  ['has had too many messages', 4429, () => flood(sockets.at(-1)!)],
  ['has carried a message that was too large', 1009, () => sockets.at(-1)!.send('x'.repeat(MAX_REQUEST_BYTES + 1))],
  ['has been given another role', 4403, ({ id }: Person) => setRole(id, 'ADMIN')],
])('goes on with a chat after its socket %s', async (_, code, closeSocket) => {
  house.llm.script([stall('still ')]);
  const person = await house.join();
  const client = createTomato({ url: house.url, token: person.token, webSocket: RememberedSocket });
  const conversationId = await person.createConversation();
  const codes: number[] = [];
  const events: RunEvent[] = [];

  for await (const event of client.chat({ conversationId, text: 'Wait.' })) {
    events.push(event);
    if (event.__typename !== 'TextDelta') continue;
    sockets.at(-1)?.once('close', (closedWith) => {
      codes.push(closedWith);
      void client.cancelRun({ runId: event.runId });
    });
    await closeSocket(person);
  }

  expect(codes).toEqual([code]);
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCancelled', message: { text: 'still ' } });
  await client.close();
});

it('refuses to send what is larger than the server takes, and goes on with what it follows', async () => {
  house.llm.script([stall('still ')]);
  const sent = vi.spyOn(RememberedSocket.prototype, 'send');
  const conversationId = await newConversation();
  const text = 'x'.repeat(MAX_REQUEST_BYTES);
  const refusals: unknown[] = [];
  const events: RunEvent[] = [];

  for await (const event of tomato.chat({ conversationId, text: 'Wait.' })) {
    events.push(event);
    if (event.__typename !== 'TextDelta') continue;
    sent.mockClear();
    await collect(tomato.chat({ conversationId, text })).catch((error: unknown) => refusals.push(error));
    await tomato.sendMessage({ input: { conversationId, text } }).catch((error: unknown) => refusals.push(error));
    expect(sent).not.toHaveBeenCalled();
    await tomato.cancelRun({ runId: event.runId });
  }
  sent.mockRestore();

  const limit = MAX_REQUEST_BYTES;
  const refusal = {
    name: 'TomatoError',
    code: 'LIMIT_EXCEEDED',
    details: { bytes: expect.any(Number) as number, limit },
  };
  expect(refusals).toEqual([expect.objectContaining(refusal), expect.objectContaining(refusal)]);
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCancelled' });
});

it('sends what is exactly as large as the server takes', async () => {
  const conversationId = await newConversation();
  const ask = (chars: number) =>
    collect(tomato.chat({ conversationId, text: 'x'.repeat(chars), clientMessageId: '1' })).catch(
      (error: unknown) => error as TomatoError,
    );
  const tooLarge = (await ask(MAX_REQUEST_BYTES)) as TomatoError;
  const room = 2 * MAX_REQUEST_BYTES - Number(tooLarge.details['bytes']);

  expect(await ask(room)).toMatchObject({ code: 'INVALID_INPUT', details: { field: 'text' } });
  expect(await ask(room + 1)).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { bytes: MAX_REQUEST_BYTES + 1 } });
});

it('ends as LIMIT_EXCEEDED where whoever is in between takes less', async () => {
  const narrow = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 1_000 });
  let connections = 0;
  narrow.on('connection', (ws) => {
    connections += 1;
    ws.on('error', () => {});
    ws.once('message', () => ws.send('{"type":"connection_ack"}'));
  });
  await once(narrow, 'listening');
  const { port } = narrow.address() as AddressInfo;
  const client = createTomato({ url: `http://127.0.0.1:${port}`, token, webSocket: WebSocket });

  const chatting = collect(client.chat({ conversationId: 'conv_1', text: 'Hello.' }));

  await expect(chatting).rejects.toMatchObject({ name: 'TomatoError', code: 'LIMIT_EXCEEDED' });
  expect(connections).toBe(1);
  await client.close();
  narrow.close();
});

it.each([
  ['SESSION_EXPIRED', 'SESSION_EXPIRED'],
  ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
  ['a reason of somebody in between', 'UNAUTHENTICATED'],
])('asks to sign in where the socket closes with 4401, %s', async (reason, code) => {
  const closing = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  closing.on('connection', (ws) => ws.close(4401, reason));
  await once(closing, 'listening');
  const { port } = closing.address() as AddressInfo;
  const client = createTomato({ url: `http://127.0.0.1:${port}`, token, webSocket: WebSocket });

  const chatting = collect(client.chat({ conversationId: 'conv_1', text: 'Hello.' }));

  await expect(chatting).rejects.toMatchObject({ name: 'TomatoError', code });
  await client.close();
  closing.close();
});

it('ends what it follows when it is closed, and follows nothing any more', async () => {
  house.llm.script([stall('still ')]);
  const client = createTomato({ url: house.url, token, webSocket: RememberedSocket });
  const { createConversation } = await client.createConversation({ input: {} });
  const before = sockets.length;
  let runId = '';

  const chatting = (async () => {
    for await (const event of client.chat({ conversationId: createConversation.id, text: 'Wait.' })) {
      runId = event.runId;
      if (event.__typename === 'TextDelta') void client.close();
    }
  })();

  await expect(chatting).rejects.toMatchObject({ name: 'TomatoError', code: 'CLOSED' });
  await expect(collect(client.follow(runId))).rejects.toMatchObject({ code: 'CLOSED' });
  expect(sockets.length).toBe(before + 1);
  expect((await client.cancelRun({ runId })).cancelRun.id).toBe(runId);
});

it('does not wait for a server that is lost once it is closed', async () => {
  const lost = createTomato({ url: 'http://127.0.0.1:1', webSocket: WebSocket });
  // A first pause of 10 s.
  vi.spyOn(Math, 'random').mockReturnValue(20);
  const startedAt = performance.now();

  const following = collect(lost.follow('run_1'));
  setTimeout(() => void lost.close(), 100);

  await expect(following).rejects.toMatchObject({ code: 'CLOSED' });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  vi.restoreAllMocks();
});

it('leaves a run without stopping it, and follows it later', async () => {
  house.llm.script([stall('still ')]);
  const stop = new AbortController();
  let runId = '';

  const leaving = (async () => {
    for await (const event of tomato.chat(
      { conversationId: await newConversation(), text: 'Wait.' },
      { signal: stop.signal },
    )) {
      runId = event.runId;
      if (event.__typename === 'TextDelta') stop.abort(new Error('left'));
    }
  })();
  await expect(leaving).rejects.toThrow('left');

  expect((await tomato.run({ id: runId })).run.status).toBe('RUNNING');
  await tomato.cancelRun({ runId });
  const events = await collect(tomato.follow(runId));
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCancelled', message: { text: 'still ', status: 'PARTIAL' } });
});

it('asks again under its key where an answer is lost, and has it done once', async () => {
  const asked: unknown[] = [];
  const forgetful = createTomato({
    url: house.url,
    token,
    async fetch(input, init) {
      asked.push(init?.body);
      const response = await fetch(input, init);
      if (asked.length > 2) return response;
      throw new TypeError('The answer was lost.');
    },
  });
  const idempotencyKey = crypto.randomUUID();

  const { createConversation } = await forgetful.createConversation({ input: { title: 'once' } }, { idempotencyKey });

  expect(asked).toEqual(asked.map(() => asked[0]));
  expect(asked).toHaveLength(3);
  const { conversations } = await tomato.conversations();
  expect(conversations.nodes.filter(({ title }) => title === 'once').map(({ id }) => id)).toEqual([
    createConversation.id,
  ]);
});

it('does not ask again on its own without a key, nor where the server has refused', async () => {
  const ask = vi.fn<typeof fetch>(() => Promise.reject(new TypeError('Nobody is there.')));
  const lost = createTomato({ url: house.url, token, fetch: ask });
  const idempotencyKey = crypto.randomUUID();

  await expect(lost.createConversation({ input: {} })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  ask.mockImplementation(fetch);
  await expect(
    lost.createConversation({ input: { title: '가'.repeat(101) } }, { idempotencyKey }),
  ).rejects.toMatchObject({ code: 'INVALID_INPUT' });

  expect(ask).toHaveBeenCalledTimes(2);
});

it.each([
  ['a page', '<h1>Bad Gateway</h1>'],
  ['nothing', 'null'],
  ['JSON of its own', '{"message":"no healthy upstream"}'],
  ['errors of its own', '{"errors":"no healthy upstream"}'],
])('takes it for a loss where a proxy answers in place of the server, with %s', async (_, body) => {
  const ask = vi.fn<typeof fetch>(fetch);
  ask.mockImplementationOnce(() => Promise.resolve(new Response(body, { status: 502 })));
  const client = createTomato({ url: house.url, token, fetch: ask });

  expect(await client.createConversation({ input: {} }, { idempotencyKey: crypto.randomUUID() })).toBeDefined();

  expect(ask).toHaveBeenCalledTimes(2);
});

it('leaves for the reason that it is given, also while an answer is being read', async () => {
  const stop = new AbortController();
  const client = createTomato({
    url: house.url,
    token,
    async fetch(input, init) {
      const response = await fetch(input, init);
      stop.abort(new Error('left'));
      return response;
    },
  });

  await expect(client.me({}, { signal: stop.signal })).rejects.toThrow('left');
});

it('stops asking when it is told to', async () => {
  const stop = new AbortController();
  const lost = createTomato({
    url: house.url,
    token,
    async fetch() {
      setTimeout(() => stop.abort(new Error('enough')));
      throw new TypeError('Nobody is there.');
    },
  });

  const asking = lost.createConversation({ input: {} }, { idempotencyKey: '1', signal: stop.signal });

  await expect(asking).rejects.toThrow('enough');
});

it('throws what the server says by its code, over either way', async () => {
  const stranger = createTomato({ url: house.url, token: 'nonsense', webSocket: WebSocket });
  const { login } = await stranger.login({ input: { userName: 'ada', password: PASSWORD } });
  const leaver = createTomato({ url: house.url, token: login.token, webSocket: WebSocket });
  await leaver.logout();

  for (const [client, code] of [[stranger, 'UNAUTHENTICATED'] as const, [leaver, 'SESSION_EXPIRED'] as const]) {
    await expect(client.me()).rejects.toMatchObject({ name: 'TomatoError', code });
    await expect(collect(client.follow('run_1'))).rejects.toMatchObject({ name: 'TomatoError', code });
  }
  await expect(collect(tomato.follow('run_1'))).rejects.toMatchObject({ name: 'TomatoError', code: 'NOT_FOUND' });
  await expect(tomato.createConversation({ input: { title: '가'.repeat(101) } })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: { field: 'title' },
  });
});

it('waits for a token that has to be fetched, and throws what keeps it from having one, over either way', async () => {
  const late = createTomato({ url: house.url, token: async () => token, webSocket: WebSocket });
  const outage = new Error('There is no token to be had.');
  const without = createTomato({ url: house.url, token: () => Promise.reject(outage), webSocket: WebSocket });

  await expect(late.me()).resolves.toMatchObject({ me: { userName: 'ada' } });
  await expect(collect(late.follow('run_1'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(without.me()).rejects.toBe(outage);
  await expect(collect(without.follow('run_1'))).rejects.toBe(outage);
  await Promise.all([late.close(), without.close()]);
});

it('names its messages also on pages that are not secure, where browsers have no `randomUUID`', async () => {
  house.llm.script([say('Here.')]);
  const conversationId = await newConversation();
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });

  const events = await collect(tomato.chat({ conversationId, text: 'Are you there?' })).finally(vi.unstubAllGlobals);

  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted' });
});

it('says so where there is no server', async () => {
  const lost = createTomato({ url: 'http://127.0.0.1:1' });

  await expect(lost.me()).rejects.toMatchObject({ code: 'CONNECTION_LOST', details: { isRetryable: true } });
});
