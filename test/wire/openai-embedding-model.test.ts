import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { createModelClients } from '../../src/infra/model-clients.js';
import { modelOf, providerOf } from '../kit/models.js';

const KEY = 'sk-test-0123456789abcdef';

type Reply = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown };

let server: Server;
/** Given in this order; after the last one the service is silent. */
let replies: Reply[];
let requests: { authorization: string | undefined; body: unknown }[];
beforeEach(async () => {
  replies = [];
  requests = [];
  server = createServer((incoming, response) => {
    void serve(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const piece of incoming.setEncoding('utf8')) text += piece;
  requests.push({ authorization: incoming.headers.authorization, body: JSON.parse(text) });
  server.emit('asked');
  const reply = replies.shift();
  if (!reply) return;
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
  response.end(JSON.stringify(reply.body ?? {}));
}

const embed = (texts: readonly string[], signal = new AbortController().signal) => {
  const provider = providerOf({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });
  const model = modelOf({ providerId: provider.id, name: 'bge', kind: 'EMBEDDING' });
  return createModelClients()
    .openEmbedding({ model, provider, apiKey: new Secret(KEY) })
    .embed(texts, signal);
};

const vectors = (...embeddings: number[][]): Reply => ({
  body: {
    data: embeddings.map((embedding, index) => ({ index, embedding })).toReversed(),
    usage: { prompt_tokens: 7 },
  },
});

it('asks for all texts at once, and gives their vectors in their order', async () => {
  replies = [vectors([1, 2], [3, 4])];

  expect(await embed(['하나', 'two'])).toEqual({
    vectors: [Float32Array.of(1, 2), Float32Array.of(3, 4)],
    inputTokens: 7,
  });
  expect(requests).toEqual([
    { authorization: `Bearer ${KEY}`, body: { model: 'bge', input: ['하나', 'two'], encoding_format: 'float' } },
  ]);
});

it('asks again when the service says not now, after the time that it names', async () => {
  replies = [{ status: 429, headers: { 'retry-after-ms': '300' } }, { status: 503 }, vectors([1])];
  const startedAt = performance.now();

  expect((await embed(['one'])).vectors).toEqual([Float32Array.of(1)]);

  expect(requests).toHaveLength(3);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300);
});

it('gives up after two more attempts, and at once where the service refuses or wants a long wait', async () => {
  replies = [{ status: 500 }, { status: 500 }, { status: 500 }];
  await expect(embed(['one'])).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
  expect(requests).toHaveLength(3);

  replies = [{ status: 401, body: { error: { message: `bad key ${KEY}` } } }];
  const refusal: unknown = await embed(['one']).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'UPSTREAM_REFUSED' });
  expect(JSON.stringify((refusal as { details: unknown }).details)).not.toContain(KEY);

  replies = [{ status: 429, headers: { 'retry-after': '60' } }];
  await expect(embed(['one'])).rejects.toMatchObject({
    code: 'UPSTREAM_RATE_LIMITED',
    details: { retryAfterMs: 60_000 },
  });
  expect(requests).toHaveLength(5);
});

it.each([
  ['too few vectors', vectors([1])],
  ['vectors of different lengths', vectors([1], [1, 2])],
  ['empty vectors', vectors([], [])],
  ['what are no numbers', { body: { data: [{ embedding: ['x'] }, { embedding: [1] }] } }],
  ['something else', { body: { hello: 'world' } }],
])('takes %s for no answer', async (_what, reply) => {
  replies = [reply, reply, reply];

  await expect(embed(['one', 'two'])).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
});

it('stops at once when it is told to', async () => {
  const stop = new AbortController();
  const asking = embed(['one'], stop.signal);
  await once(server, 'asked');

  stop.abort(new Error('enough'));

  await expect(asking).rejects.toThrow('enough');
});
