import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SmallResolver } from '../kit/small-resolvers.js';
import { smallServer } from '../kit/small-server.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection that has sent the head of a request, and `{`, the first byte of its body. */
async function begin(requestLine: string, contentLength: number, objects: RequestListener | null = null) {
  const { port } = await smallServer({ resolvers: [SmallResolver], objects });
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(
    `${requestLine} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${contentLength}\r\n\r\n{`,
  );
  return socket;
}

describe('a request that does not come in whole', () => {
  it('is answered 408 after half a minute', async () => {
    const socket = await begin('POST /graphql', 50);
    await vi.waitUntil(() => vi.getTimerCount() > 0);
    const timers = vi.getTimerCount();

    vi.advanceTimersByTime(29_000);
    expect(vi.getTimerCount()).toBe(timers);
    vi.advanceTimersByTime(1_000);

    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
  });

  it.each(['GET /livez', 'GET /objects/a', 'OPTIONS /graphql', 'OPTIONS /objects/a'])(
    'is cut after half a minute where it was answered before: %s',
    async (requestLine) => {
      const socket = await begin(requestLine, 50, (_request, response) => void response.end());
      const closed = new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()));
      const [answer] = (await once(socket, 'data')) as [Buffer];

      vi.advanceTimersByTime(30_000);

      expect(answer.toString()).toMatch(/^HTTP\/1.1 20[04] /);
      await closed;
    },
  );
});

it('a request that has come in whole is not cut, however long its answer takes', async () => {
  const { socket, request, response } = await hold('GET /objects/a', 1);
  await vi.waitUntil(() => request.complete);

  vi.advanceTimersByTime(120_000);
  response.writeHead(200, { Connection: 'close' }).end();

  expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
});

describe('an answer', () => {
  /** More than the system takes in at once for a reader who does not read. */
  const MUCH = Buffer.alloc(32 * 1024 * 1024);

  it('of which nothing is read for a while is let go', async () => {
    const { socket, request, response } = await hold('GET /objects/a', 1);
    const { socket: ours } = request;
    const isCut = once(ours, 'close');
    socket.pause();
    response.end(MUCH);
    // Less would cut who reads slowly: of what they read the system tells us once a megabyte.
    expect(ours.timeout).toBe(300_000);

    ours.setTimeout(50);

    await isCut;
  });

  it('may take as long as it needs to begin, and to be read while that goes on', async () => {
    const { socket, request, response } = await hold('GET /objects/a', 1);
    const { socket: ours } = request;
    ours.setTimeout(1_000);
    await once(ours, 'timeout');
    response.writeHead(200, { Connection: 'close' }).end(MUCH);

    let bytes = 0;
    for await (const { length } of socket) bytes += length;

    expect(bytes).toBeGreaterThan(MUCH.length);
  });
});

it('a connection that waits for another request is ended after half a minute', async () => {
  const { socket, request, response } = await hold('GET /objects/a', 1);
  const { socket: ours } = request;
  const isEnded = once(ours, 'close');
  request.resume();
  response.end('x');
  await once(socket, 'data');
  // Node sets it once the answer has gone out, and allows a second for the way.
  await vi.waitUntil(() => ours.timeout === 30_000 || ours.timeout === 31_000);

  ours.setTimeout(50);

  await isEnded;
});

/** A request that is not read yet. */
async function hold(requestLine: string, contentLength: number) {
  let taken = (_held: { request: IncomingMessage; response: ServerResponse }) => {};
  const held = new Promise<{ request: IncomingMessage; response: ServerResponse }>((resolve) => (taken = resolve));
  const socket = await begin(requestLine, contentLength, (request, response) => taken({ request, response }));
  return { socket, ...(await held) };
}

describe('an upload', () => {
  const received = { bytes: 0, isCut: false };
  beforeEach(() => void Object.assign(received, { bytes: 0, isCut: false }));

  function receive(request: IncomingMessage, response: ServerResponse): void {
    request.on('data', ({ length }: Buffer) => (received.bytes += length));
    request.once('close', () => (received.isCut = !request.complete));
    request.once('end', () => response.writeHead(201, { Connection: 'close' }).end());
  }

  it('is given up once nothing has come for a minute', async () => {
    const socket = await begin('PUT /objects/a', 1_000, receive);
    await vi.waitUntil(() => received.bytes === 1);

    vi.advanceTimersByTime(60_000);

    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 [^]*"code":"INVALID_INPUT"/);
    await vi.waitUntil(() => received.isCut);
  });

  it('is given up once nothing comes any more after a part of it', async () => {
    const socket = await begin('PUT /objects/a', 1_000, receive);
    await vi.waitUntil(() => received.bytes === 1);
    socket.write('x');
    await vi.waitUntil(() => received.bytes === 2);

    vi.advanceTimersByTime(90_000);

    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
  });

  it('is cut once nothing comes any more where it was answered before', async () => {
    const socket = await begin('PUT /objects/a', 1_000, (_request, response) => void response.end());
    const closed = new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()));
    await once(socket, 'data');

    vi.advanceTimersByTime(60_000);

    await closed;
  });

  it('may take as long as it needs while it goes on', async () => {
    const socket = await begin('PUT /objects/a', 11, receive);
    await vi.waitUntil(() => received.bytes === 1);

    for (let bytes = 2; bytes <= 11; bytes++) {
      vi.advanceTimersByTime(20_000);
      socket.write('x');
      await vi.waitUntil(() => received.bytes === bytes);
    }

    expect(await text(socket)).toMatch(/^HTTP\/1.1 201 /);
  });

  it('is not given up while what has come is still to be read', async () => {
    const { socket, request, response } = await hold('PUT /objects/a', 50);

    vi.advanceTimersByTime(120_000);
    receive(request, response);
    socket.write('x'.repeat(49));

    expect(await text(socket)).toMatch(/^HTTP\/1.1 201 /);
  });

  it('is not given up once it has come in whole, however long we take', async () => {
    const { socket, request, response } = await hold('PUT /objects/a', 1);
    request.resume();
    await once(request, 'end');

    vi.advanceTimersByTime(120_000);
    response.writeHead(201, { Connection: 'close' }).end();

    expect(await text(socket)).toMatch(/^HTTP\/1.1 201 /);
  });
});
