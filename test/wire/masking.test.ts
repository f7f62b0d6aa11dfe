import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';

import { WebSocket } from 'ws';
import { expect, it, vi } from 'vitest';
import { createErrorFormatter } from '../../src/api/format-error.js';
import { AppError } from '../../src/base/errors.js';
import { createLog } from '../../src/base/log.js';
import { INNER_SECRET, SmallResolver } from '../kit/small-resolvers.js';
import { smallServer } from '../kit/small-server.js';

type Ask = (query: string) => Promise<unknown[]>;

/** The same question over each transport; the answers, errors thrown by the client included. */
async function everyTransport() {
  const lines: string[] = [];
  const log = createLog('error', { write: (line) => void lines.push(line) });
  const server = await smallServer({ resolvers: [SmallResolver], log });
  const authorization = `Bearer ${server.signIn()}`;
  const socket = createSocketClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
  });
  const sse = createSseClient({ url: `${server.url}/graphql/stream`, headers: { authorization }, retryAttempts: 0 });
  const post: Ask = async (query) => [(await server.ask(query, { token: authorization.slice('Bearer '.length) })).body];
  return { lines, post, socket: follow(socket), sse: follow(sse), server };
}

function follow(client: { iterate(request: { query: string }): AsyncIterable<unknown> }): Ask {
  return async (query) => {
    const seen: unknown[] = [];
    try {
      for await (const result of client.iterate({ query })) seen.push(result);
    } catch (error) {
      seen.push({ thrown: error });
    }
    return seen;
  };
}

const masked = { message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL' } };

it('tells no client what a broken store said, and tells the log all of it', async () => {
  const { lines, post, socket, sse } = await everyTransport();

  const answers = await Promise.all([post('{ bug }'), socket('{ bug }'), sse('{ bug }')]);

  const expected = { data: null, errors: [{ ...masked, path: ['bug'], locations: [{ line: 1, column: 3 }] }] };
  expect(answers).toEqual([[expected], [expected], [expected]]);
  expect(lines.filter((line) => line.includes(INNER_SECRET) && line.includes('requestId'))).toHaveLength(3);
});

it.each(['start', 'event', 'between'])('masks what breaks a subscription at its %s', async (at) => {
  const { lines, socket, sse } = await everyTransport();

  const answers = [
    await socket(`subscription { failing(at: "${at}") }`),
    await sse(`subscription { failing(at: "${at}") }`),
  ];

  const text = JSON.stringify(answers);
  expect(text).not.toContain('mongodb');
  expect(text).not.toContain('secret');
  expect(text.match(/"INTERNAL"/g)).toHaveLength(2);
  expect(lines.filter((line) => line.includes(INNER_SECRET))).toHaveLength(2);
});

it('takes nobody for signed out where a bug keeps their session from being checked, and lets the public in', async () => {
  const { post, socket, sse, server, lines } = await everyTransport();
  vi.spyOn(server.needs.sessions, 'touch').mockRejectedValue(new Error(INNER_SECRET));

  const answers = [
    await post('{ viewerId }'),
    await sse('{ viewerId }'),
    await post('{ yes }'),
    await socket('{ yes }'),
  ];

  const refused = { data: null, errors: [{ ...masked, path: ['viewerId'], locations: [{ line: 1, column: 3 }] }] };
  expect(answers).toEqual([
    [refused],
    [refused],
    [{ data: { yes: true } }],
    [{ thrown: expect.objectContaining({ code: 4500, reason: 'INTERNAL' }) as unknown }],
  ]);
  expect(lines.filter((line) => line.includes(INNER_SECRET))).not.toHaveLength(0);
});

it('tells the log, and no client, what caused a named failure', () => {
  const lines: string[] = [];
  const log = createLog('warn', { write: (line) => void lines.push(line) });
  const away = new AppError('SERVICE_UNAVAILABLE', 'Away.', {}, { cause: new Error(INNER_SECRET) });

  const shown = createErrorFormatter({ log, isProduction: true })([away, new AppError('NOT_FOUND', 'Gone.')], null);

  expect(shown).toEqual([
    { message: 'Away.', extensions: { code: 'SERVICE_UNAVAILABLE' } },
    { message: 'Gone.', extensions: { code: 'NOT_FOUND' } },
  ]);
  expect(lines).toEqual([expect.stringContaining(INNER_SECRET)]);
});

it('says no more than 500 where it breaks outside of GraphQL, and the rest to the log', async () => {
  const lines: string[] = [];
  const log = createLog('error', { write: (line) => void lines.push(line) });
  const { url, needs } = await smallServer({ resolvers: [SmallResolver], log });
  vi.spyOn(needs.tokens, 'jwks').mockImplementation(() => {
    throw new Error(INNER_SECRET);
  });

  const response = await fetch(`${url}/.well-known/jwks.json`);

  expect([response.status, await response.json()]).toEqual([500, { errors: [masked] }]);
  expect(lines.filter((line) => line.includes(INNER_SECRET))).toHaveLength(1);
});
