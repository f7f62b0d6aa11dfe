import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, House } from '../context.js';
import type { GraphqlSse } from '../sse/graphql-sse.js';
import { sendJson } from './answer.js';
import type { GraphqlPost } from './graphql-post.js';

export type Route = {
  readonly methods: readonly string[];
  handle(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> | void;
};

export type RouteOptions = {
  readonly house: House;
  readonly isProduction: boolean;
  readonly post: GraphqlPost;
  readonly sse: GraphqlSse;
  isStopping(): boolean;
};

const READ = ['GET', 'HEAD'];

/** Everything that the server answers itself, by path. */
export function createRoutes({ house, post, sse, isStopping }: RouteOptions): ReadonlyMap<string, Route> {
  const ready: Route = {
    methods: READ,
    async handle(_, response) {
      const isReady = !isStopping() && (await house.readiness.isReady());
      sendJson(
        response,
        isReady ? 200 : 503,
        { status: isReady ? 'ready' : 'not ready' },
        { 'Cache-Control': 'no-store' },
      );
    },
  };
  return new Map<string, Route>([
    ['/graphql', { methods: ['POST'], handle: post.handle }],
    ['/graphql/stream', { methods: ['POST'], handle: sse.handle }],
    [
      '/livez',
      {
        methods: READ,
        handle: (_, response) => sendJson(response, 200, { status: 'alive' }, { 'Cache-Control': 'no-store' }),
      },
    ],
    ['/readyz', ready],
    ['/health', ready],
    ['/.well-known/jwks.json', { methods: READ, handle: (_, response) => sendJwks(response, house) }],
  ]);
}

function sendJwks(response: ServerResponse, { needs }: House): void {
  sendJson(response, 200, needs.tokens.jwks(), { 'Cache-Control': 'public, max-age=300' });
}
