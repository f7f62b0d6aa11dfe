import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloseCode, handleProtocols } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Caller } from '../context.js';
import { MAX_REQUEST_BYTES } from '../execution/limits.js';
import type { GraphqlOptions } from '../graphql-options.js';
import type { ReadCaller } from '../http/caller.js';
import type { Origins } from '../http/origins.js';
import { ClientSocket, SocketRefusal } from './client-socket.js';
import { createGraphqlSocket, isOfServers, newSocketSession, type SocketSession } from './graphql-socket.js';

const NORMAL = 1000;
const GOING_AWAY = 1001;
const LOOK_EVERY_MS = 50;

export type SocketServer = {
  /** Takes a connection whose client asked for an upgrade, or refuses it. */
  upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void;
  /** Takes no more sockets and closes those that are open with 1001: each when its operations have ended, all after `graceMs`. */
  drain(graceMs: number): Promise<void>;
};

/** WebSockets at `/graphql`, without compression: it costs more memory than it saves bytes. */
export function createSocketServer(
  options: GraphqlOptions & { readonly origins: Origins; readonly readCaller: ReadCaller },
): SocketServer {
  const { origins, readCaller } = options;
  const graphql = createGraphqlSocket(options);
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_REQUEST_BYTES,
    perMessageDeflate: false,
    autoPong: false,
    handleProtocols,
  });
  const sessions = new Set<SocketSession>();
  let isClosing = false;

  function open(ws: WebSocket, raw: Duplex, caller: Caller): void {
    const socket = new ClientSocket(ws, raw);
    const session = newSocketSession(socket, caller);
    sessions.add(session);
    const closed = graphql.opened(
      {
        protocol: ws.protocol,
        send: (text) => socket.send(text),
        close: (code = NORMAL, reason = '') => socket.close(code, reason),
        onMessage: (handle) =>
          socket.onMessage((text) => void handle(text).catch((error: unknown) => fail(socket, caller, text, error))),
      },
      session,
    );
    ws.on('error', (error) => caller.log.debug({ error }, 'a socket failed'));
    ws.once('close', (code, reason) => {
      sessions.delete(session);
      closed(code, String(reason)).catch((error: unknown) =>
        caller.log.error({ error }, 'a socket could not be cleaned up'),
      );
    });
  }

  return {
    upgrade(request, raw, head) {
      raw.on('error', destroyThis);
      if (isClosing) return refuseUpgrade(raw, 503);
      if (request.url?.split('?')[0] !== '/graphql') return refuseUpgrade(raw, 404);
      if (!origins.isAllowed(request.headers.origin)) return refuseUpgrade(raw, 403);
      server.handleUpgrade(request, raw, head, (ws) => open(ws, raw, readCaller(request)));
    },
    async drain(graceMs) {
      isClosing = true;
      const end = performance.now() + graceMs;
      while (sessions.size > 0) {
        const isOver = performance.now() >= end;
        for (const { socket, openOperations } of sessions) {
          if (isOver || openOperations() === 0) socket.close(GOING_AWAY, 'SERVER_STOPS');
        }
        await sleep(LOOK_EVERY_MS);
      }
    },
  };
}

/** Outside of what sees the request: each connection keeps its listeners, and what they see, for as long as it lives. */
function destroyThis(this: Duplex): void {
  this.destroy();
}

/** Ends a socket whose message could not be handled. */
function fail(socket: ClientSocket, { log }: Caller, text: string, error: unknown): void {
  if (isOfServers(text)) return socket.close(CloseCode.BadRequest, 'Only servers send this');
  if (error instanceof SocketRefusal) return socket.close(error.closeCode, error.message);
  log.error({ error }, 'a message could not be handled');
  socket.close(CloseCode.InternalServerError, 'INTERNAL');
}

function refuseUpgrade(raw: Duplex, status: number): void {
  raw.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
