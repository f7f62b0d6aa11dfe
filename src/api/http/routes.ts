import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller, House } from '../context.js';
import { createGraphiql } from '../graphiql/graphiql.js';
import type { GraphqlSse } from '../sse/graphql-sse.js';
import { sendJson } from './answer.js';
import type { GraphqlPost } from './graphql-post.js';

type Handle = (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void> | void;

/** What answers at one path, by method; GET answers HEAD too. */
export type Route = Readonly<Record<string, Handle>>;

export type RouteOptions = {
  readonly house: House;
  readonly isProduction: boolean;
  readonly post: GraphqlPost;
  readonly sse: GraphqlSse;
  isStopping(): boolean;
};

const FRESH = { 'Cache-Control': 'no-store' };

/** Everything that the server answers itself, by path. */
export function createRoutes({ house, isProduction, post, sse, isStopping }: RouteOptions): ReadonlyMap<string, Route> {
  const { needs, readiness } = house;
  const graphiql = isProduction ? new Map<string, Handle>() : createGraphiql(needs.log);
  const page = graphiql.get('/graphql');

  const alive: Handle = (_, response) => sendJson(response, 200, { status: 'alive' }, FRESH);
  const ready: Handle = async (_, response) => {
    const isReady = !isStopping() && (await readiness.isReady());
    sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready' }, FRESH);
  };
  const keys: Handle = (_, response) =>
    sendJson(response, 200, needs.tokens.jwks(), { 'Cache-Control': 'public, max-age=300' });

  return new Map<string, Route>([
    ...[...graphiql].map(([path, handle]): [string, Route] => [path, { GET: handle }]),
    ['/graphql', { ...(page && { GET: page }), POST: post.handle }],
    ['/graphql/stream', { POST: sse.handle }],
    ['/livez', { GET: alive }],
    ['/readyz', { GET: ready }],
    ['/health', { GET: ready }],
    ['/.well-known/jwks.json', { GET: keys }],
  ]);
}
