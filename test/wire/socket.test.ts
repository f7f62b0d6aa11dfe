import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { GraphQLBoolean, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { describe, expect, it, vi, type Mock } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { openRawSocket, openSignedIn, subscribeMessage } from '../kit/raw-socket.js';
import { quietReaders, SmallResolver } from '../kit/small-resolvers.js';
import { smallServer } from '../kit/small-server.js';

const open = () => smallServer({ resolvers: [SmallResolver] });

/** To send what the library would not. */
const socketUnder = (ws: WebSocket) => (ws as unknown as { readonly _socket: Socket })._socket;

/** In one piece, as a client may that has gathered them. */
function atOnce(ws: WebSocket, send: () => void): void {
  const connection = socketUnder(ws);
  connection.cork();
  send();
  connection.uncork();
}

function sendFragments(ws: WebSocket): void {
  for (let count = 0; count < 17_000; count++) ws.send('x', { fin: false });
}

describe('a socket is closed with', () => {
  it.each([
    '{',
    '"text"',
    '{"type":"nonsense"}',
    '{"type":"subscribe"}',
    '[]',
    '{"type":"connection_ack"}',
    '{"type":"next","id":"1","payload":{}}',
    '{"type":"error","id":"1","payload":[{"message":"no"}]}',
  ])('4400 for %s', async (message) => {
    const { url } = await open();
    const socket = await openRawSocket(url);

    socket.send(message);

    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('4400 for a binary message', async () => {
    const { url } = await open();
    const socket = await openRawSocket(url);

    socket.ws.send(Buffer.from('{"type":"ping"}'));

    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('4401 for an operation before anybody has said who asks', async () => {
    const { url } = await open();
    const socket = await openRawSocket(url);

    socket.send(subscribeMessage('1', '{ yes }'));

    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  it.each([
    ['no token', undefined, 'UNAUTHENTICATED'],
    ['a token that is not ours', { authorization: 'Bearer usr_x.ses_x' }, 'UNAUTHENTICATED'],
    ['something else than text', { authorization: { token: 1 } }, 'UNAUTHENTICATED'],
  ])('4401 for %s', async (_, payload, reason) => {
    const { url } = await open();
    const socket = await openRawSocket(url);

    socket.send({ type: 'connection_init', payload });

    expect(await socket.closed).toEqual({ code: 4401, reason });
  });

  it('4401 for a session that has ended', async () => {
    const { url, signIn, signOut } = await open();
    const token = signIn();
    signOut(token);
    const socket = await openRawSocket(url);

    socket.send({ type: 'connection_init', payload: { authorization: token } });

    expect(await socket.closed).toEqual({ code: 4401, reason: 'SESSION_EXPIRED' });
  });

  it('1013 while sessions cannot be read, so that the client tries again', async () => {
    const { url, signIn, needs } = await open();
    const token = signIn();
    vi.spyOn(needs.sessions, 'touch').mockRejectedValue(new AppError('SERVICE_UNAVAILABLE', 'Away.'));
    const socket = await openRawSocket(url);

    socket.send({ type: 'connection_init', payload: { authorization: token } });

    expect(await socket.closed).toEqual({ code: 1013, reason: 'SERVICE_UNAVAILABLE' });
  });

  it('4401 within 1.5 s of the end of its session', async () => {
    const { url, signIn, signOut } = await open();
    const token = signIn();
    const socket = await openSignedIn(url, token);
    const startedAt = performance.now();

    signOut(token);

    expect(await socket.closed).toEqual({ code: 4401, reason: 'SESSION_EXPIRED' });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  it('4403 within 1.5 s of a change of role', async () => {
    const { url, signIn, setRole } = await open();
    const token = signIn('ADMIN');
    const socket = await openSignedIn(url, token);

    setRole(token, 'GUEST');

    expect(await socket.closed).toEqual({ code: 4403, reason: 'ROLE_CHANGED' });
  });

  it('4406 for no subprotocol', async () => {
    const { url } = await open();

    const ws = new WebSocket(`${url.replace('http', 'ws')}/graphql`);

    const [code] = (await once(ws, 'close')) as [number];
    expect(code).toBe(4406);
  });

  it('nothing by us for other subprotocols only: their own side ends it, which has been given none', async () => {
    const { url } = await open();

    const ws = new WebSocket(`${url.replace('http', 'ws')}/graphql`, ['graphql-ws']);

    await expect(once(ws, 'open')).rejects.toThrow('Server sent no subprotocol');
  });

  it('4408 if nobody says who asks within 10 s, pings or not', async () => {
    const { url } = await open();
    const socket = await openRawSocket(url);
    const pinging = setInterval(() => socket.send({ type: 'ping' }), 1_000);

    const { code } = await socket.closed;

    clearInterval(pinging);
    expect(code).toBe(4408);
  });

  it('4409 for an operation whose id is taken', async () => {
    const { url, signIn } = await open();
    const socket = await openSignedIn(url, signIn());

    socket.send(subscribeMessage('same', 'subscription { quiet }'));
    socket.send(subscribeMessage('same', 'subscription { quiet }'));

    expect(await socket.closed).toMatchObject({ code: 4409 });
  });

  it('4429 for saying twice who asks', async () => {
    const { url, signIn } = await open();
    const token = signIn();
    const socket = await openSignedIn(url, token);

    socket.send({ type: 'connection_init', payload: { authorization: token } });

    expect(await socket.closed).toMatchObject({ code: 4429 });
  });

  it('4429 for a flood of messages', async () => {
    const { url, signIn } = await open();
    const socket = await openSignedIn(url, signIn());

    for (let count = 0; count < 1_000; count++) socket.send({ type: 'ping' });

    expect(await socket.closed).toEqual({ code: 4429, reason: 'Too many messages' });
  });

  it.each(['ping', 'pong'] as const)('4429 for a flood of %s frames', async (frame) => {
    const { url, signIn } = await open();
    const { ws, closed } = await openSignedIn(url, signIn());

    atOnce(ws, () => {
      for (let count = 0; count < 500; count++) ws[frame]();
    });

    expect(await closed).toEqual({ code: 4429, reason: 'Too many messages' });
  });

  it.each<[number, string, (ws: WebSocket) => void]>([
    [1002, 'a frame that is not masked', (ws) => socketUnder(ws).write(Buffer.from([0x81, 0x02, 0x68, 0x69]))],
    [1007, 'text that is not UTF-8', (ws) => ws.send(Buffer.from([0xff]), { binary: false })],
    [1008, 'a message in too many fragments', sendFragments],
  ])('%i for %s', async (code, _, send) => {
    const { url } = await open();
    const socket = await openRawSocket(url);

    send(socket.ws);

    expect(await socket.closed).toMatchObject({ code });
  });

  it('1009 for a message larger than 256 KiB', async () => {
    const { url, signIn } = await open();
    const socket = await openSignedIn(url, signIn());

    socket.send(subscribeMessage('1', `# ${'x'.repeat(256 * 1024)}\n{ yes }`));

    expect(await socket.closed).toMatchObject({ code: 1009 });
  });
});

describe('a socket', () => {
  it('is refused to pages of origins that are not allowed', async () => {
    const { url } = await smallServer({ resolvers: [SmallResolver], corsOrigins: ['https://chat.example'] });

    const evil = openRawSocket(url, { origin: 'https://evil.example' });

    await expect(evil).rejects.toThrow('403');
    await expect(openRawSocket(url, { origin: 'https://chat.example' })).resolves.toBeDefined();
  });

  it('takes the origin that a client makes of its own address, as Apollo does on iOS, for that of the page', async () => {
    const corsOrigins = ['https://chat.example', 'wss://app.example'];
    const { url } = await smallServer({ resolvers: [SmallResolver], corsOrigins });

    await expect(openRawSocket(url, { origin: 'ws://chat.example' })).rejects.toThrow('403');
    await expect(openRawSocket(url, { origin: 'wss://chat.example' })).resolves.toBeDefined();
    await expect(openRawSocket(url, { origin: 'https://app.example' })).resolves.toBeDefined();
  });

  it('is refused to localhost in production, and given in development', async () => {
    const development = await smallServer({ resolvers: [SmallResolver], isProduction: false });
    const production = await open();

    await expect(openRawSocket(production.url, { origin: 'http://localhost:5173' })).rejects.toThrow('403');
    await expect(openRawSocket(development.url, { origin: 'http://localhost:5173' })).resolves.toBeDefined();
  });

  it.each([
    ['authorization', 'bearer '],
    ['authorization', ''],
    ['Authorization', 'Bearer '],
  ])('takes the token as %s, after "%s"', async (name, before) => {
    const { url, signIn } = await open();
    const socket = await openRawSocket(url);

    socket.send({ type: 'connection_init', payload: { [name]: `${before}${signIn()}` } });

    expect(await socket.next()).toEqual({ type: 'connection_ack' });
  });

  it('carries queries and subscriptions', async () => {
    const { url, signIn } = await open();
    const socket = await openSignedIn(url, signIn());

    socket.send(subscribeMessage('s', 'subscription { count(upTo: 2) }'));

    expect([await socket.next(), await socket.next(), await socket.next()]).toEqual([
      { id: 's', type: 'next', payload: { data: { count: 1 } } },
      { id: 's', type: 'next', payload: { data: { count: 2 } } },
      { id: 's', type: 'complete' },
    ]);
    socket.send(subscribeMessage('q', '{ yes }'));
    expect(await socket.next()).toEqual({ id: 'q', type: 'next', payload: { data: { yes: true } } });
  });

  it('names the operation that a document does not have', async () => {
    const { url, signIn } = await open();
    const socket = await openSignedIn(url, signIn());

    socket.send({ id: '1', type: 'subscribe', payload: { query: 'query A { yes }', operationName: 'C' } });

    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ message: 'Unknown operation named "C".' }],
    });
  });

  it('stays open after a document that is not GraphQL', async () => {
    const { url, signIn } = await open();
    const socket = await openSignedIn(url, signIn());

    socket.send(subscribeMessage('1', '{'));
    const answer = await socket.next();
    socket.send({ type: 'ping' });

    expect(answer).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code: 'INVALID_INPUT' } }] });
    expect(await socket.next()).toEqual({ type: 'pong' });
  });

  it.each([
    'subscription { quiet @include(if: false) }',
    'subscription ($off: Boolean = true) { quiet @skip(if: $off) }',
    'subscription { ... @include(if: true) { quiet } }',
    'subscription { ...F } fragment F on Subscription { quiet @skip(if: true) }',
  ])('stays open after a subscription that may be to nothing: %s', async (query) => {
    const { url, signIn } = await open();
    const socket = await openSignedIn(url, signIn());

    socket.send(subscribeMessage('1', query));
    const answer = await socket.next();
    socket.send({ type: 'ping' });

    expect(answer).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code: 'INVALID_INPUT' } }] });
    expect(await socket.next()).toEqual({ type: 'pong' });
  });

  it('answers each ping frame of a burst with what it holds, in order', async () => {
    const { url, signIn } = await open();
    const { ws } = await openSignedIn(url, signIn());
    const sent = Array.from({ length: 300 }, (_, index) => `${index}`);
    const answered: string[] = [];
    ws.on('pong', (data) => answered.push(String(data)));

    atOnce(ws, () => sent.forEach((data) => ws.ping(data)));

    await vi.waitUntil(() => answered.length === sent.length);
    expect(answered).toEqual(sent);
  });

  it('takes 100 operations at a time, and refuses the next by name', async () => {
    const { url, signIn } = await open();
    const socket = await openSignedIn(url, signIn());

    for (let count = 1; count <= 101; count++) socket.send(subscribeMessage(`${count}`, 'subscription { quiet }'));

    expect(await socket.next()).toMatchObject({
      id: '101',
      type: 'error',
      payload: [{ extensions: { code: 'LIMIT_EXCEEDED', isRetryable: true } }],
    });
  });

  it('lets a source go whose reader has left, by `complete` or by closing', async () => {
    const { url, signIn } = await open();
    const token = signIn();
    const [staying, leaving] = [await openSignedIn(url, token), await openSignedIn(url, token)];
    for (const socket of [staying, leaving]) socket.send(subscribeMessage('1', 'subscription { quiet }'));
    await vi.waitUntil(() => quietReaders.count === 2);

    staying.send({ id: '1', type: 'complete' });
    leaving.ws.terminate();

    await vi.waitUntil(() => quietReaders.count === 0);
    expect(staying.ws.readyState).toBe(WebSocket.OPEN);
  });

  it('takes an id again as soon as its reader has left', async () => {
    const { url, signIn } = await open();
    const { ws, next } = await openSignedIn(url, signIn());
    ws.send(JSON.stringify(subscribeMessage('1', 'subscription { quiet }')));
    await vi.waitUntil(() => quietReaders.count === 1);

    // In one piece, so that nothing happens between the two.
    ws.send(JSON.stringify({ id: '1', type: 'complete' }));
    ws.send(JSON.stringify(subscribeMessage('1', 'subscription { count(upTo: 2) }')));

    expect([await next(), await next(), await next()]).toEqual([
      { id: '1', type: 'next', payload: { data: { count: 1 } } },
      { id: '1', type: 'next', payload: { data: { count: 2 } } },
      { id: '1', type: 'complete' },
    ]);
  });

  it('takes an id again before what had it has begun, which is let go', async () => {
    const { url, signIn } = await open();
    const { ws, send, next } = await openSignedIn(url, signIn());
    const rounds = 150;

    atOnce(ws, () => {
      for (let round = 0; round < rounds; round++) {
        send(subscribeMessage('1', round % 2 === 0 ? 'subscription { quiet }' : '{ echo(text: "left") }'));
        send({ id: '1', type: 'complete' });
      }
      send(subscribeMessage('1', '{'));
      send({ id: '1', type: 'complete' });
      send(subscribeMessage('1', 'subscription { count(upTo: 2) }'));
    });

    expect([await next(), await next(), await next()]).toEqual([
      { id: '1', type: 'next', payload: { data: { count: 1 } } },
      { id: '1', type: 'next', payload: { data: { count: 2 } } },
      { id: '1', type: 'complete' },
    ]);
    await vi.waitUntil(() => quietReaders.count === 0);
  });

  it('lets go what its reader has left before it was there, and sends nothing of it under an id that is taken again', async () => {
    const asked: { arrive(): void; leave: Mock<() => Promise<IteratorReturnResult<void>>> }[] = [];
    const subscribe = async () => {
      const leave = vi.fn<() => Promise<IteratorReturnResult<void>>>(async () => ({ done: true, value: undefined }));
      await new Promise<void>((resolve) => asked.push({ arrive: resolve, leave }));
      return { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
    };
    const next = () => new Promise<never>(() => {});
    const yes = { type: GraphQLBoolean, resolve: () => true };
    const resolvers = new GraphQLSchema({
      query: new GraphQLObjectType({ name: 'Query', fields: { yes } }),
      subscription: new GraphQLObjectType({
        name: 'Subscription',
        fields: { slow: { type: GraphQLBoolean, subscribe } },
      }),
    });
    const { url, signIn } = await smallServer({ resolvers });
    const { send } = await openSignedIn(url, signIn());
    send(subscribeMessage('1', 'subscription { slow }'));
    await vi.waitUntil(() => asked.length === 1);

    send({ id: '1', type: 'complete' });
    send(subscribeMessage('1', 'subscription { slow }'));
    await vi.waitUntil(() => asked.length === 2);
    for (const { arrive } of asked) arrive();

    await vi.waitUntil(() => asked[0]!.leave.mock.calls.length === 1);
    expect(asked[1]!.leave).not.toHaveBeenCalled();
  });

  it('checks the session again for each operation', async () => {
    const { url, signIn, needs } = await open();
    const socket = await openSignedIn(url, signIn());
    vi.spyOn(needs.sessions, 'touch').mockResolvedValue(null);

    socket.send(subscribeMessage('1', '{ viewerId }'));

    expect(await socket.next()).toMatchObject({
      payload: { data: null, errors: [{ extensions: { code: 'SESSION_EXPIRED' } }] },
    });
  });

  it('is not compressed', async () => {
    const { url } = await open();
    const socket = await openRawSocket(url, { perMessageDeflate: true });

    expect(socket.ws.extensions).toBe('');
  });
});
