import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createTomato, type Tomato, type TomatoOptions } from '../../src/sdk/client.js';
import type { TokenSource } from '../../src/sdk/socket.js';
import { collectGarbage } from '../kit/garbage.js';

type Asked = {
  readonly type: string;
  readonly id: string;
  readonly payload: { variables: { runId: string; message?: object } };
};

let server: WebSocketServer;
let client: Tomato;
let connections: number;
/** What it does with a message; `count` is of the connection, the first being 1. */
let onMessage: (socket: WebSocket, asked: Asked, count: number) => void;
beforeEach(async () => {
  connections = 0;
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    const count = ++connections;
    socket.on('message', (data: Buffer) => {
      onMessage(socket, JSON.parse(data.toString()) as Asked, count);
    });
  });
  await once(server, 'listening');
});
afterEach(async () => {
  await client.close();
  for (const socket of server.clients) socket.terminate();
  server.close();
});

function createClient(token: TokenSource | string, more: Partial<TomatoOptions> = {}): Tomato {
  const { port } = server.address() as AddressInfo;
  return (client = createTomato({ url: `http://127.0.0.1:${port}`, token, webSocket: WebSocket, ...more }));
}

const letIn = (socket: WebSocket) => socket.send('{"type":"connection_ack"}');

function tell(socket: WebSocket, { id, payload }: Asked, __typename: string, seq: number): void {
  const chatStream = { __typename, runId: payload.variables.runId, seq };
  socket.send(JSON.stringify({ id, type: 'next', payload: { data: { chatStream } } }));
}

/** Lets everybody in, and ends the run at once. */
function answer(socket: WebSocket, asked: Asked): void {
  if (asked.type === 'connection_init') letIn(socket);
  if (asked.type === 'subscribe') tell(socket, asked, 'RunCompleted', 9);
}

const outage = new Error('There is no token to be had.');

async function drain(events: AsyncIterable<{ readonly __typename: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const { __typename } of events) names.push(__typename);
  return names;
}

it('throws what keeps the token back to whom it concerns, not to a reader who was on an earlier connection', async () => {
  let tokens = 0;
  createClient(() => {
    if (++tokens === 2) throw outage;
    return 'token';
  });
  onMessage = (socket, asked, count) => {
    if (count !== 1) return answer(socket, asked);
    if (asked.type === 'connection_init') letIn(socket);
    if (asked.type !== 'subscribe') return;
    if (asked.payload.variables.runId === 'run_1') tell(socket, asked, 'StepStarted', 1);
    else socket.terminate();
  };
  const slow = client.follow('run_1');
  expect(await slow.next()).toMatchObject({ value: { __typename: 'StepStarted' } });
  await expect(drain(client.follow('run_2'))).rejects.toBe(outage);

  expect(await drain(slow)).toEqual(['RunCompleted']);
});

it('throws also what is no error at all', async () => {
  createClient(() => Promise.reject(undefined));

  await expect(drain(client.follow('run_1'))).rejects.toBeUndefined();
});

it('throws what the class of the socket throws, as at what is no URL', async () => {
  client = createTomato({ url: 'chat.example.com', webSocket: WebSocket });

  await expect(drain(client.follow('run_1'))).rejects.toThrow('Invalid URL');
});

it('can be closed before it has told what the class throws', async () => {
  client = createTomato({ url: 'chat.example.com', webSocket: WebSocket });
  const following = client.follow('run_1').next();

  await Promise.all([client.close(), expect(following).rejects.toMatchObject({ code: 'CLOSED' })]);
});

it('is asked again at once after there was no token, and leaves no socket behind', async () => {
  let tokens = 0;
  createClient(() => (++tokens === 1 ? Promise.reject(outage) : 'token'));
  onMessage = answer;
  await expect(drain(client.follow('run_1'))).rejects.toBe(outage);

  expect(await drain(client.follow('run_1'))).toEqual(['RunCompleted']);

  expect(connections).toBe(2);
  await vi.waitFor(() => expect(server.clients.size).toBe(0));
});

it('closes its socket when nobody listens any more, also after an earlier one was lost', async () => {
  createClient('token');
  onMessage = (socket, asked, count) => (count === 1 ? socket.terminate() : answer(socket, asked));

  expect(await drain(client.follow('run_1'))).toEqual(['RunCompleted']);

  expect(connections).toBe(2);
  await vi.waitFor(() => expect(server.clients.size).toBe(0));
});

it('does not mind a token that could not be had for a connection that is lost by then', async () => {
  let giveUp = (_reason: Error): void => {};
  let tokens = 0;
  createClient(() => (++tokens === 1 ? new Promise((_, reject) => (giveUp = reject)) : 'token'));
  onMessage = (socket, asked) => {
    if (asked.type === 'connection_init') {
      giveUp(outage);
      setTimeout(letIn, 20, socket);
    } else answer(socket, asked);
  };
  server.once('connection', (socket) => socket.terminate());

  expect(await drain(client.follow('run_1'))).toEqual(['RunCompleted']);

  expect(connections).toBe(2);
  await vi.waitFor(() => expect(server.clients.size).toBe(0));
});

it.each(['connection_init', 'subscribe'])(
  'leaves at once while %s is not answered',
  async (unanswered) => {
    const stop = new AbortController();
    createClient('token');
    onMessage = (socket, asked) => {
      if (asked.type === unanswered) stop.abort(new Error('left'));
      else answer(socket, asked);
    };

    await expect(drain(client.follow('run_1', 0, { signal: stop.signal }))).rejects.toThrow('left');
  },
  1_000,
);

it.each([
  [4400, 'INVALID_INPUT'],
  [4406, 'INVALID_INPUT'],
  [4409, 'CONFLICT'],
])('does not come back after close code %i, but says what it was told', async (closeCode, code) => {
  createClient('token');
  onMessage = (socket) => socket.close(closeCode, 'Why.');

  await expect(drain(client.follow('run_1'))).rejects.toMatchObject({ name: 'TomatoError', code, message: 'Why.' });

  expect(connections).toBe(1);
});

it('throws errors that come where data was to be', async () => {
  const errors = [{ message: 'Who?', extensions: { code: 'INVALID_INPUT', field: 'runId' } }];
  createClient('token');
  onMessage = (socket, asked) => {
    if (asked.type === 'connection_init') letIn(socket);
    else socket.send(JSON.stringify({ id: asked.id, type: 'next', payload: { data: null, errors } }));
  };

  await expect(drain(client.follow('run_1'))).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: 'Who?',
    details: { field: 'runId' },
  });
});

it.each([
  ['token', { authorization: 'Bearer token' }],
  [null, {}],
])('introduces itself by its token, %s', async (token, payload) => {
  const introductions: unknown[] = [];
  createClient(() => token);
  onMessage = (socket, asked) => {
    if (asked.type === 'connection_init') introductions.push(asked.payload);
    answer(socket, asked);
  };

  await drain(client.follow('run_1'));

  expect(introductions).toEqual([payload]);
});

it('does not connect for who has left already', async () => {
  createClient('token');

  const following = drain(client.follow('run_1', 0, { signal: AbortSignal.abort(new Error('left')) }));

  await expect(following).rejects.toThrow('left');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(connections).toBe(0);
});

it.each([null, 0, ''])('throws whatever it is told to leave for, also %j', async (reason) => {
  const stop = new AbortController();
  createClient('token');
  onMessage = (socket, { type }) => {
    if (type === 'connection_init') letIn(socket);
    else stop.abort(reason);
  };
  const results = client.chatStream({ runId: 'run_1' }, { signal: stop.signal })[Symbol.asyncIterator]();

  await expect(results.next()).rejects.toBe(reason);
});

it('leaves at once while a token is fetched', async () => {
  const stop = new AbortController();
  createClient(() => {
    setTimeout(() => stop.abort(new Error('left')));
    return new Promise(() => {});
  });

  await expect(
    client.chatStream({ runId: 'run_1' }, { signal: stop.signal })[Symbol.asyncIterator]().next(),
  ).rejects.toThrow('left');
}, 1_000);

it('leaves at once, whatever has come in the meantime', async () => {
  const stop = new AbortController();
  createClient('token');
  onMessage = (socket, asked) => {
    if (asked.type === 'subscribe') for (const seq of [1, 2, 3]) tell(socket, asked, 'TextDelta', seq);
    answer(socket, asked);
  };
  const following = client.follow('run_1', 0, { signal: stop.signal });
  expect(await following.next()).toMatchObject({ value: { seq: 1 } });

  stop.abort(new Error('left'));

  await vi.waitFor(() => expect(server.clients.size).toBe(0));
  await expect(following.next()).rejects.toThrow('left');
});

it('leaves at once while it asks whether a run has ended', async () => {
  const stop = new AbortController();
  createClient('token', {
    fetch: (_, init) => {
      setTimeout(() => stop.abort(new Error('left')));
      return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('cut'))));
    },
  });
  onMessage = (socket, { type, id }) => {
    if (type === 'connection_init') letIn(socket);
    if (type === 'subscribe') socket.send(JSON.stringify({ id, type: 'complete' }));
  };

  await expect(drain(client.follow('run_1', 0, { signal: stop.signal }))).rejects.toThrow('left');
}, 1_000);

it('leaves when the time is up that it was given, also where memory was collected meanwhile', async () => {
  createClient('token');
  onMessage = (socket, { type }) => {
    if (type === 'connection_init') letIn(socket);
    else setTimeout(collectGarbage, 10);
  };

  const following = drain(client.follow('run_1', 0, { signal: AbortSignal.timeout(500) }));

  await expect(following).rejects.toMatchObject({ name: 'TimeoutError' });
}, 5_000);

it('ends as it is closed, also where it has a signal of its own', async () => {
  createClient('token');
  onMessage = (socket, { type }) => {
    if (type === 'connection_init') letIn(socket);
    else void client.close();
  };

  const following = drain(client.follow('run_1', 0, { signal: new AbortController().signal }));

  await expect(following).rejects.toMatchObject({ code: 'CLOSED' });
});

it.each([
  ['mine', /^mine$/],
  [null, /^[\da-f]{32}$/],
  [undefined, /^[\da-f]{32}$/],
])('sends a message under the id that it has, %s, or one of its own', async (clientMessageId, id) => {
  const sent: unknown[] = [];
  createClient('token');
  onMessage = (socket, asked) => {
    if (asked.type === 'subscribe') sent.push(asked.payload.variables.message);
    answer(socket, asked);
  };

  await drain(client.chat({ conversationId: 'conv_1', text: 'Hello.', clientMessageId }));

  expect(sent).toEqual([
    { conversationId: 'conv_1', text: 'Hello.', clientMessageId: expect.stringMatching(id) as string },
  ]);
});
