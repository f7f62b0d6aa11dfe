import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { serveDesk, sharedNow } from './ipc.js';
import { kindAt, PIECES, type Order } from './script.js';
import { Wheel } from './wheel.js';

/** A model service that speaks the OpenAI API and costs next to nothing. */

type Body = { readonly messages: readonly { readonly role: string; readonly content: unknown }[] };

/** Tokens that a fast stream puts into one write, as a busy service's do. */
const FAST_BATCH = 16;

const wheel = new Wheel();
const sentAt = new Map<number, Float64Array>();
let requests = 0;

const server = createServer((request, response) => void serve(request, response));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/v1/models') {
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'bench' }] }));
    return;
  }
  const { messages } = await readJson(request);
  requests += 1;
  const order = orderIn(messages);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  const socket = response.socket!;
  socket.setNoDelay(true);
  if (order.callsTool && messages.at(-1)?.role !== 'tool') {
    socket.write(PIECES.toolCall);
    response.end();
    return;
  }
  socket.write(PIECES.open);
  const times = new Float64Array(order.tokens);
  sentAt.set(order.stream, times);
  const isHeard = PACES[order.pace](order, times, socket);
  await isHeard;
  if (response.destroyed) return;
  socket.write(PIECES.finish);
  response.end();
}

const PACES: {
  readonly [Pace in Order['pace']]: (order: Order, times: Float64Array, socket: Socket) => Promise<void>;
} = {
  async quiet({ stream }, times, socket) {
    times[0] = sharedNow();
    socket.write(PIECES.tokens[kindAt(stream, 0)]!);
    await once(socket, 'close');
  },
  steady({ stream, tokens }, times, socket) {
    return new Promise((resolve) => {
      let index = 0;
      const send = (): void => {
        times[index] = sharedNow();
        socket.write(PIECES.tokens[kindAt(stream, index)]!);
        index += 1;
        if (index >= tokens) stop();
      };
      const leave = wheel.add(send);
      const stop = (): void => {
        leave();
        socket.off('close', stop);
        resolve();
      };
      socket.once('close', stop);
      send();
    });
  },
  async fast({ stream, tokens }, times, socket) {
    for (let index = 0; index < tokens && !socket.destroyed;) {
      const end = Math.min(tokens, index + FAST_BATCH);
      const batch: Buffer[] = [];
      times.fill(sharedNow(), index, end);
      for (; index < end; index++) batch.push(PIECES.tokens[kindAt(stream, index)]!);
      if (!socket.write(Buffer.concat(batch))) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
    }
  },
};

/** What answers those who ask for a summary: they give no order. */
const SUMMARY: Order = { stream: 0, tokens: 100, pace: 'fast', callsTool: false };

/** The order stands in the last thing that a user said. */
function orderIn(messages: Body['messages']): Order {
  const said = messages.findLast(({ role }) => role === 'user')?.content;
  const text = typeof said === 'string' ? said : (said as { text: string }[]).map((part) => part.text).join('');
  return text.startsWith('{') ? (JSON.parse(text) as Order) : SUMMARY;
}

async function readJson(request: IncomingMessage): Promise<Body> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return JSON.parse(text) as Body;
}

const desk = {
  async listen(): Promise<string> {
    server.listen(0, '127.0.0.1', 4_096);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  },
  /** When each token of the streams was sent, by {@link sharedNow}; asked once for each. */
  times(streams: readonly number[]): Float64Array[] {
    return streams.map((stream) => {
      const times = sentAt.get(stream) ?? new Float64Array();
      sentAt.delete(stream);
      return times;
    });
  },
  /** How many completions have been asked for. */
  requests: (): number => requests,
};
export type UpstreamDesk = typeof desk;
serveDesk(desk);
