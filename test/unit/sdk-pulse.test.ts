import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Client } from 'graphql-ws';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createTomato, type Tomato } from '../../src/sdk/client.js';
import { watchPulse } from '../../src/sdk/pulse.js';

const ACK = '{"type":"connection_ack"}';
const PONG = '{"type":"pong"}';

/** Answers of a server to one connection, by the message's type; what it has none for it does not hear. */
type Manner = { readonly [type: string]: (id: string) => readonly string[] };

const frozen: Manner = {};
const frozenOnceIn: Manner = { connection_init: () => [ACK] };
const alive: Manner = {
  connection_init: () => [ACK],
  ping: () => [PONG],
};
const ending: Manner = {
  ...alive,
  subscribe: (id) => [next(id, { __typename: 'RunCompleted', runId: 'run_1', seq: 2 })],
};
const next = (id: string, chatStream: object) =>
  JSON.stringify({ id, type: 'next', payload: { data: { chatStream } } });

let server: WebSocketServer;
let client: Tomato;
/** How the connections behave, one after the other; the last one all that follow. */
let manners: Manner[];
let connections: number;
/** Seconds that have been let pass, and of them those before the last connection. */
let passed: number;
let connectedAfter: number;
beforeEach(async () => {
  [connections, passed] = [0, 0];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (ws) => {
    const manner = manners[Math.min(connections, manners.length - 1)]!;
    connections += 1;
    connectedAfter = passed;
    ws.on('message', (data: Buffer) => {
      const { type, id } = JSON.parse(data.toString()) as { type: string; id: string };
      for (const answer of manner[type]?.(id) ?? []) ws.send(answer);
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = createTomato({ url: `http://127.0.0.1:${port}`, webSocket: WebSocket });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await client.close();
  for (const ws of server.clients) ws.terminate();
  server.close();
});

const follow = async (): Promise<string[]> => {
  const events: string[] = [];
  for await (const { __typename } of client.follow('run_1')) events.push(__typename);
  return events;
};

/** Lets time pass, and the network have its turn after each second. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    passed += 1;
    await vi.advanceTimersByTimeAsync(1_000);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

it.each([
  ['let it in for 20 s', frozen],
  ['answered the ping of after 10 s within 10 s', frozenOnceIn],
])('makes another connection where nobody has %s', async (_, manner) => {
  manners = [manner, ending];
  const following = follow();

  await pass(40);

  expect(await following).toEqual(['RunCompleted']);
  expect(connectedAfter).toBeGreaterThanOrEqual(20);
  expect(connectedAfter).toBeLessThan(25);
  expect(connections).toBe(2);
});

it.each([
  ['stays with', 'has let it in', [['connecting'], ['connected']]],
  ['stays with', 'has answered, and says more', [['ping', false], ['pong', true], ['message']]],
  ['stays with', 'only asks', [['ping', true]]],
  ['does not mind', 'has closed', [['ping', false], ['closed']]],
  ['does not mind', 'was never made', [['connecting'], ['error']]],
  [
    'gives up',
    'asks, but does not answer',
    [
      ['ping', false],
      ['ping', true],
      ['pong', false],
    ],
  ],
])('%s one that %s', async (does, _, events) => {
  const listeners = new Map<string, (isFromServer?: boolean) => void>();
  const terminate = vi.fn<() => void>();
  watchPulse({
    terminate,
    on: (event: string, listener: () => void) => listeners.set(event, listener),
  } as unknown as Client);

  for (const [event, isFromServer] of events as [string, boolean?][]) listeners.get(event)?.(isFromServer);
  await pass(60);

  expect(terminate).toHaveBeenCalledTimes(does === 'gives up' ? 1 : 0);
});

it('gives up where nobody even takes up the connection, and ends no process', async () => {
  const deaf = createServer(() => {
    connections += 1;
    connectedAfter = passed;
  });
  deaf.listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  const { port } = deaf.address() as AddressInfo;
  client = createTomato({ url: `http://127.0.0.1:${port}`, webSocket: WebSocket });
  const following = follow().catch((error: unknown) => error);

  await pass(40);
  await client.close();

  expect(connections).toBe(2);
  expect(connectedAfter).toBeLessThan(25);
  expect(await following).toMatchObject({ code: 'CLOSED' });
  deaf.close();
});

it('stays with a server that answers pings, however little it says', async () => {
  manners = [alive];
  const stop = new AbortController();
  const following = client.follow('run_1', 0, { signal: stop.signal }).next();

  await pass(120);

  expect(connections).toBe(1);
  stop.abort(new Error('enough'));
  await expect(following).rejects.toThrow('enough');
});

it('waits for an answer to a ping that comes behind much else', async () => {
  let subscribed = '';
  manners = [{ ...frozenOnceIn, subscribe: (id) => ((subscribed = id), []) }];
  const following = follow();
  await pass(1);

  for (let seq = 1; seq < 10; seq++) {
    await pass(6);
    for (const ws of server.clients) ws.send(next(subscribed, { __typename: 'TextDelta', runId: 'run_1', seq }));
  }
  for (const ws of server.clients) ws.send(next(subscribed, { __typename: 'RunCompleted', runId: 'run_1', seq: 10 }));

  expect(await following).toHaveLength(10);
  expect(connections).toBe(1);
});

it('is closed at once, also while it is not let in', async () => {
  manners = [frozen];
  const following = follow().catch((error: unknown) => error);
  await pass(1);

  await client.close();

  expect(await following).toMatchObject({ code: 'CLOSED' });
  await vi.waitFor(() => expect(server.clients.size).toBe(0));
});
