import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import type { House } from './context.js';
import { createErrorFormatter } from './format-error.js';
import { createReadCaller } from './http/caller.js';
import { limitConnections } from './http/connection-limit.js';
import { createGraphqlPost } from './http/graphql-post.js';
import { UNREAD_AFTER_MS } from './http/late-requests.js';
import { createListener } from './http/listener.js';
import { createOrigins } from './http/origins.js';
import { createSocketServer } from './socket/socket-server.js';
import { createGraphqlSse } from './sse/graphql-sse.js';

export type ServerOptions = {
  readonly house: House;
  readonly schema: GraphQLSchema;
  /** Introspection, suggestions and GraphiQL are for development only. */
  readonly isProduction: boolean;
  /** Origins whose pages may call; outside production every port of localhost may too. */
  readonly corsOrigins: readonly string[];
  /** Addresses and ranges of the proxies whose X-Forwarded-For and X-Request-Id count. */
  readonly trustedProxies: readonly string[];
  /** Serves everything under `/objects/`; null where another server does. */
  readonly objects: RequestListener | null;
};

export type Server = {
  /** @param port 0 takes any free one. */
  listen(host: string, port: number): Promise<{ readonly port: number }>;
  /** Takes no more requests, lets those that are going on end within `graceMs`, and cuts the rest; WebSockets get 1001. */
  close(graceMs: number): Promise<void>;
};

const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 30_000;
const LOOK_FOR_LATE_HEADERS_MS = 5_000;
const LOOK_FOR_IDLE_MS = 50;

/** The whole API on one port: GraphQL over HTTP, WebSocket and SSE, and the few addresses beside it. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { house, isProduction, corsOrigins, trustedProxies } = options;
  const { log } = house.needs;
  const graphqlOptions = { ...options, formatErrors: createErrorFormatter({ log, isProduction }) };
  const origins = createOrigins(corsOrigins, { isProduction });
  const readCaller = createReadCaller(trustedProxies, log);
  const post = await createGraphqlPost(graphqlOptions);
  const sse = createGraphqlSse(graphqlOptions);
  const sockets = createSocketServer({ ...graphqlOptions, origins, readCaller });

  const http = createHttpServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: LOOK_FOR_LATE_HEADERS_MS,
    // Uploads may take longer than requests; the listener sees to those that it answers itself.
    requestTimeout: 0,
  });
  http.setTimeout(UNREAD_AFTER_MS);
  http.on('request', createListener({ ...options, origins, readCaller, post, sse, isStopping: () => !http.listening }));
  http.on('upgrade', (request: IncomingMessage, raw, head) => sockets.upgrade(request, raw, head));

  return {
    async listen(host, port) {
      await new Promise<void>((resolve, reject) => {
        http.once('error', reject);
        http.listen(port, host, () => {
          http.off('error', reject);
          resolve();
        });
      });
      limitConnections(http, log);
      return { port: (http.address() as AddressInfo).port };
    },
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      const closeIdle = setInterval(() => http.closeIdleConnections(), LOOK_FOR_IDLE_MS);
      const closeAll = setTimeout(() => http.closeAllConnections(), graceMs);
      await Promise.all([closed, sockets.drain(graceMs)]);
      clearInterval(closeIdle);
      clearTimeout(closeAll);
      await post.stop();
    },
  };
}
