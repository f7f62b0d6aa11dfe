import { createClient } from 'graphql-sse';
import { expect, it, vi } from 'vitest';
import { quietReaders, SmallResolver } from '../kit/small-resolvers.js';
import { smallServer } from '../kit/small-server.js';

const open = () => smallServer({ resolvers: [SmallResolver] });

function stream(url: string, query: string, { token, signal }: { token?: string; signal?: AbortSignal } = {}) {
  return fetch(`${url}/graphql/stream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
    ...(signal && { signal }),
  });
}

it('sends each event, then `complete`, so that plain fetch can follow', async () => {
  const { url, signIn } = await open();

  const response = await stream(url, 'subscription { count(upTo: 2) }', { token: signIn() });

  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(await response.text()).toBe(
    [
      ':',
      'event: next\ndata: {"data":{"count":1}}',
      'event: next\ndata: {"data":{"count":2}}',
      'event: complete\ndata:',
      '',
    ].join('\n\n'),
  );
});

it('speaks with the client of graphql-sse', async () => {
  const { url, signIn } = await open();
  const client = createClient({ url: `${url}/graphql/stream`, headers: { authorization: `Bearer ${signIn()}` } });

  const results: unknown[] = [];
  for await (const result of client.iterate({ query: 'subscription { count(upTo: 3) }' })) results.push(result);

  expect(results).toEqual([{ data: { count: 1 } }, { data: { count: 2 } }, { data: { count: 3 } }]);
});

it('answers queries too', async () => {
  const { url } = await open();

  const response = await stream(url, '{ yes }');

  expect(await response.text()).toContain('data: {"data":{"yes":true}}\n\nevent: complete');
});

it('says by name why there is no stream', async () => {
  const { url } = await open();

  const [anonymous, wrong] = await Promise.all([stream(url, 'subscription { quiet }'), stream(url, '{')]);

  expect(await anonymous.text()).toContain('"code":"UNAUTHENTICATED"');
  expect(await wrong.text()).toContain('"code":"INVALID_INPUT"');
});

it.each([
  ['no object', [], 'query'],
  ['no document', { query: null }, 'query'],
  ['a name that is a number', { query: '{ yes }', operationName: 1 }, 'operationName'],
  ['variables in a text', { query: '{ yes }', variables: '{}' }, 'variables'],
  ['extensions in a list', { query: '{ yes }', extensions: [] }, 'extensions'],
])('refuses a request with %s in JSON, and names what is wrong', async (_, body, field) => {
  const { url } = await open();

  const response = await fetch(`${url}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(body),
  });

  expect([response.status, await response.json()]).toEqual([
    400,
    { errors: [{ message: expect.any(String) as string, extensions: { code: 'INVALID_INPUT', field } }] },
  ]);
});

it('lets the source go when its reader leaves', async () => {
  const { url, signIn } = await open();
  const leaving = new AbortController();
  await stream(url, 'subscription { quiet }', { token: signIn(), signal: leaving.signal });
  await vi.waitUntil(() => quietReaders.count === 1);

  leaving.abort();

  await vi.waitUntil(() => quietReaders.count === 0);
});

it('ends within 1.5 s of its session, and says so', async () => {
  const { url, signIn, signOut } = await open();
  const token = signIn();
  const response = await stream(url, 'subscription { quiet }', { token });
  const startedAt = performance.now();

  signOut(token);

  expect(await response.text()).toMatch(/"code":"SESSION_EXPIRED".*\n\nevent: complete/);
  expect(performance.now() - startedAt).toBeLessThan(1_500);
  await vi.waitUntil(() => quietReaders.count === 0);
});

it('ends when the role of who reads is another, and says that it may be opened again', async () => {
  const { url, signIn, setRole } = await open();
  const token = signIn('ADMIN');
  const response = await stream(url, 'subscription { quiet }', { token });

  setRole(token, 'GUEST');

  expect(await response.text()).toMatch(/"code":"FORBIDDEN","isRetryable":true.*\n\nevent: complete/);
  await vi.waitUntil(() => quietReaders.count === 0);
});

it.each([
  ['{}', 400],
  ['[]', 400],
  ['{"query":1}', 400],
  ['{"query":"{ yes }","variables":[]}', 400],
  ['not JSON', 400],
])('refuses %s', async (body, status) => {
  const { url } = await open();

  const response = await fetch(`${url}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });

  expect([response.status, await response.json()]).toMatchObject([
    status,
    { errors: [{ extensions: { code: 'INVALID_INPUT' } }] },
  ]);
});

it.each(['image/png', 'text/event-stream;q=0, text/plain'])(
  'refuses who wants %s, and no event stream',
  async (accept) => {
    const { url } = await open();

    const response = await fetch(`${url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: '{"query":"{ yes }"}',
    });

    expect(response.status).toBe(406);
  },
);
