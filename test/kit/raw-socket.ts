import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { onTestFinished } from 'vitest';

export type RawSocket = Awaited<ReturnType<typeof openRawSocket>>;

/** A WebSocket that sends exactly what it is told to. Closed when the test ends. */
export async function openRawSocket(
  httpUrl: string,
  { protocol = 'graphql-transport-ws', ...options }: { protocol?: string } & ClientOptions = {},
) {
  const ws = new WebSocket(`${httpUrl.replace('http', 'ws')}/graphql`, protocol, options);
  const messages: unknown[] = [];
  let wake = () => {};
  ws.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString()));
    wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await once(ws, 'open');
  onTestFinished(() => ws.terminate());

  return {
    ws,
    closed,
    send(message: unknown): void {
      ws.send(typeof message === 'string' ? message : JSON.stringify(message));
    },
    /** The next message, whether it has come or is to come. */
    async next(): Promise<unknown> {
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return messages.shift();
    },
  };
}

/** A socket that has said who it is. */
export async function openSignedIn(httpUrl: string, token: string): Promise<RawSocket> {
  const socket = await openRawSocket(httpUrl);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await socket.next();
  return socket;
}

export function subscribeMessage(id: string, query: string) {
  return { id, type: 'subscribe', payload: { query } };
}
