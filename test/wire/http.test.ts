import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { GraphQLBoolean, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { HealthResolver } from '../../src/api/health/health-resolver.js';
import { createReadCaller } from '../../src/api/http/caller.js';
import { silentLog } from '../../src/base/log.js';
import { SmallResolver } from '../kit/small-resolvers.js';
import { smallServer } from '../kit/small-server.js';

type Small = Awaited<ReturnType<typeof smallServer>>;

const open = (options: Partial<Parameters<typeof smallServer>[0]> = {}) =>
  smallServer({ resolvers: [SmallResolver], ...options });

function post(url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  return fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
}

const YES = '{"query":"{ yes }"}';
const NO_SUCH_FRAGMENT = '{"query":"{ ...F }"}';
const FRAGMENT_IN_ITSELF = '{"query":"{ ...F } fragment F on Query { yes ...F }"}';

describe('only POST with JSON executes', () => {
  it.each([
    ['text/plain', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['form data, as uploads are sent', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['GraphQL itself', { 'content-type': 'application/graphql' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['compression', { 'content-encoding': 'gzip' }],
  ])('not %s: 415', async (_, headers) => {
    const { url } = await open();

    const response = await post(url, YES, headers);

    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] });
  });

  it.each([
    '',
    'nonsense',
    '[]',
    'null',
    '"{ yes }"',
    `[${YES},${YES}]`,
    '{}',
    '{"query":{}}',
    NO_SUCH_FRAGMENT,
    FRAGMENT_IN_ITSELF,
  ])('not %s: 400', async (body) => {
    const { url } = await open();

    const response = await post(url, body);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] });
  });

  it('not what does not say of which type it is: 415', async () => {
    const { url } = await open();

    const response = await fetch(`${url}/graphql`, { method: 'POST', body: new TextEncoder().encode(YES) });

    expect(response.status).toBe(415);
  });

  it('not bytes that are not UTF-8', async () => {
    const { url } = await open();

    expect((await post(url, new Uint8Array([...Buffer.from('{"query":"'), 0xff, 0xfe]))).status).toBe(400);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('not %s: 405', async (method) => {
    const { url } = await open();

    const response = await fetch(`${url}/graphql?query={yes}`, { method, headers: { accept: 'text/html' } });

    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it.each([
    ['*/*', 'application/json; charset=utf-8'],
    ['application/json', 'application/json; charset=utf-8'],
    ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
  ])('and whoever accepts %s is refused in %s, also before GraphQL sees it', async (accept, type) => {
    const { url } = await open();

    const response = await post(url, YES, { 'content-type': 'text/plain', accept });

    expect([response.status, response.headers.get('content-type')]).toEqual([415, type]);
  });

  it.each(['text/event-stream', 'multipart/mixed; deferSpec=20220824', 'application/json;q=0, text/html', 'image/*'])(
    'not for who takes %s, and no JSON: 406',
    async (accept) => {
      const resolve = vi.fn<() => boolean>(() => true);
      const query = new GraphQLObjectType({ name: 'Query', fields: { yes: { type: GraphQLBoolean, resolve } } });
      const { url } = await smallServer({ resolvers: new GraphQLSchema({ query }) });

      const response = await post(url, YES, { accept });

      expect([response.status, response.headers.get('content-type')]).toEqual([406, 'application/json; charset=utf-8']);
      expect(await response.json()).toEqual({
        errors: [
          {
            message: 'This address answers with JSON. Event streams are at POST /graphql/stream.',
            extensions: { code: 'INVALID_INPUT' },
          },
        ],
      });
      expect(resolve).not.toHaveBeenCalled();
    },
  );

  it.each([
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['application/graphql-response+json; charset=utf-8, multipart/mixed', 'application/graphql-response+json'],
    ['multipart/mixed, application/graphql-response+json, application/json', 'application/graphql-response+json'],
    ['application/json, application/graphql-response+json;q=0.9', 'application/json'],
    ['application/graphql-response+json;q=0, */*', 'application/json'],
  ])('and who takes %s gets %s', async (accept, type) => {
    const { url } = await open();

    const { headers } = await post(url, YES, { accept });

    expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`);
  });

  it('a subscription is sent to where it belongs, by name', async () => {
    const { ask } = await open();

    expect(await ask('subscription { quiet }')).toEqual({
      status: 400,
      body: {
        errors: [
          {
            message: 'Subscribe by WebSocket at /graphql, or by POST /graphql/stream.',
            extensions: { code: 'INVALID_INPUT' },
          },
        ],
      },
    });
  });
});

describe('a request may not be', () => {
  it('larger than 256 KiB: 413, whether it says so or not', async () => {
    const { url } = await open();
    const large = JSON.stringify({ query: '{ yes }', extensions: { padding: 'x'.repeat(256 * 1024) } });

    const stated = await post(url, large);
    const unstated = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([large]).stream(),
      duplex: 'half',
    });

    expect([stated.status, unstated.status]).toEqual([413, 413]);
    expect(await stated.json()).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  });

  it('small only when compressed', async () => {
    const { url } = await open();

    expect((await post(url, new Uint8Array(gzipSync(YES)), { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('sent with headers of more than 16 KiB: 431', async () => {
    const { url } = await open();

    expect((await post(url, YES, { 'x-large': 'x'.repeat(17 * 1024) })).status).toBe(431);
  });
});

describe('browsers', () => {
  const cors = ({ headers }: Response) => headers.get('access-control-allow-origin');

  it.each([
    ['https://chat.example', 'https://chat.example'],
    ['https://evil.example', null],
    ['https://chat.example.evil.example', null],
    ['http://localhost:5173', null],
    ['null', null],
  ])('at %s may read what %s says, in production', async (origin, allowed) => {
    const { url } = await open({ corsOrigins: ['https://chat.example'] });

    expect(cors(await post(url, YES, { origin }))).toBe(allowed);
  });

  it.each(['http://localhost:5173', 'http://127.0.0.1:3000', 'https://localhost'])(
    'at %s may, in development',
    async (origin) => {
      const { url } = await open({ isProduction: false });

      expect(cors(await post(url, YES, { origin }))).toBe(origin);
    },
  );

  it.each(['http://localhost.evil.example', 'https://evil.example', 'http://localhost:5173.evil.example'])(
    'at %s may not, even in development',
    async (origin) => {
      const { url } = await open({ isProduction: false });

      expect(cors(await post(url, YES, { origin }))).toBeNull();
    },
  );

  it('may ask before they send', async () => {
    const { url } = await open({ corsOrigins: ['https://chat.example'] });

    const response = await fetch(`${url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://chat.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

    expect([response.status, cors(response)]).toEqual([204, 'https://chat.example']);
    // Uploads are put.
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT');
    const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase().split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining([
        'authorization',
        'content-type',
        'idempotency-key',
        // What Apollo Client sends, where its options name it.
        'apollographql-client-name',
        'apollographql-client-version',
      ]),
    );
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('access-control-expose-headers')).toBe('X-Request-Id');
  });

  it('never guess at what they get, and caches keep origins apart', async () => {
    const { url } = await open();

    const { headers } = await post(url, YES);

    expect([headers.get('x-content-type-options'), headers.get('vary')]).toEqual(['nosniff', 'Origin']);
  });
});

describe('what a request says of itself', () => {
  const seenBy = async ({ url }: Small, headers: Record<string, string>) => {
    const response = await post(url, '{"query":"{ address }"}', headers);
    const { data } = (await response.json()) as { data: { address: string } };
    return { address: data.address, requestId: response.headers.get('x-request-id') };
  };
  const claims = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7', 'x-request-id': 'from-the-proxy' };

  it('counts for nothing without a trusted proxy', async () => {
    const seen = await seenBy(await open(), claims);

    expect(seen.address).toBe('127.0.0.1');
    expect(seen.requestId).not.toBe('from-the-proxy');
  });

  it('counts as far as trusted proxies wrote it', async () => {
    const one = await open({ trustedProxies: ['127.0.0.0/8'] });
    const two = await open({ trustedProxies: ['127.0.0.1', '198.51.100.0/24'] });

    expect(await seenBy(one, claims)).toEqual({ address: '198.51.100.7', requestId: 'from-the-proxy' });
    expect(await seenBy(two, claims)).toEqual({ address: '203.0.113.9', requestId: 'from-the-proxy' });
  });

  it.each([
    ['203.0.113.9:51234', '203.0.113.9'],
    ['[2001:db8::9]:51234', '2001:db8::9'],
    ['[2001:db8::9]', '2001:db8::9'],
    ['2001:db8::9', '2001:db8::9'],
    ['[::ffff:203.0.113.9]:51234', '203.0.113.9'],
    ['203.0.113.9, 198.51.100.7:443', '203.0.113.9'],
    ['203.0.113.9, unknown, 198.51.100.7', '198.51.100.7'],
    ['unknown', '127.0.0.1'],
    ['203.0.113.9:x', '127.0.0.1'],
  ])('counts for the address that it has: %s', async (forwarded, address) => {
    const small = await open({ trustedProxies: ['127.0.0.1', '198.51.100.0/24'] });

    expect(await seenBy(small, { 'x-forwarded-for': forwarded })).toMatchObject({ address });
  });
});

it.each([
  ['seven11', false],
  ['eight-11', true],
  ['x'.repeat(128), true],
  ['x'.repeat(129), false],
  ['<script>12345678', false],
  ['12345678 forged', false],
])('takes %s for the id of a request, since a proxy says so: %s', (id, isTaken) => {
  const request = { headers: { 'x-request-id': id }, socket: { remoteAddress: '127.0.0.1' } } as unknown;

  const { requestId } = createReadCaller(['127.0.0.1'], silentLog)(request as IncomingMessage);

  expect(requestId === id).toBe(isTaken);
});

it('reads a request whose client is gone already, and has no address any more', () => {
  const gone = { headers: {}, socket: {} } as IncomingMessage;

  expect(createReadCaller(['127.0.0.1'], silentLog)(gone)).toMatchObject({ address: '' });
});

describe('who may know what a model service said', () => {
  it.each([
    ['OWNER', 'no such model'],
    ['ADMIN', 'no such model'],
    ['DEVELOPER', undefined],
    ['GUEST', undefined],
  ] as const)('%s: %s', async (role, providerMessage) => {
    const { ask, signIn } = await open();

    const { body } = await ask('{ refusedUpstream }', { token: signIn(role) });

    expect(body.errors?.[0]?.extensions).toEqual({
      code: 'UPSTREAM_REFUSED',
      ...(providerMessage && { providerMessage }),
    });
  });
});

describe('health', () => {
  it('is told without a login, and names nothing inside', async () => {
    let isBroken = false;
    const checks = {
      async mongo() {
        if (isBroken) throw new Error('mongodb://root:secret@db refused');
      },
    };
    const { url } = await open({ checks });
    const look = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, await response.json()];
    };

    expect([await look('/livez'), await look('/readyz'), await look('/health')]).toEqual([
      [200, { status: 'alive' }],
      [200, { status: 'ready' }],
      [200, { status: 'ready' }],
    ]);
    isBroken = true;
    await vi.waitUntil(async () => (await fetch(`${url}/readyz`)).status === 503, { timeout: 5_000 });
    expect(await look('/readyz')).toEqual([503, { status: 'not ready' }]);
    expect(await look('/livez')).toEqual([200, { status: 'alive' }]);
  });

  it('is bad while a check does not answer', async () => {
    const { url } = await open({ checks: { redis: () => new Promise(() => {}) } });

    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });
});

describe('the server', () => {
  it.each([
    ['open', true],
    ['closed', false],
  ] as const)('tells who is signed in whether its registration is %s', async (registration, isRegistrationOpen) => {
    const { ask, needs, signIn } = await open({ resolvers: [HealthResolver] });
    vi.spyOn(needs.settings.accounts, 'registration', 'get').mockReturnValue(registration);

    const { body } = await ask('{ serverInfo { isRegistrationOpen } }', { token: signIn() });

    expect(body).toEqual({ data: { serverInfo: { isRegistrationOpen } } });
  });

  it('shows its public keys', async () => {
    const { url } = await open();

    const response = await fetch(`${url}/.well-known/jwks.json`);

    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({ keys: [] });
  });

  it('hands what is under /objects/ to who serves objects', async () => {
    const { url } = await open({ objects: (request, response) => void response.end(`object ${request.url}`) });

    expect(await (await fetch(`${url}/objects/a/b?signature=x`)).text()).toBe('object /objects/a/b?signature=x');
  });

  it('answers 404 elsewhere, in JSON', async () => {
    const { url } = await open();

    const response = await fetch(`${url}/nowhere`);

    expect([response.status, await response.json()]).toEqual([
      404,
      { errors: [{ message: 'There is nothing at this address.', extensions: { code: 'NOT_FOUND' } }] },
    ]);
  });

  it('serves no GraphiQL in production', async () => {
    const { url } = await open();

    expect((await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(405);
    expect((await fetch(`${url}/graphiql/page.js`)).status).toBe(404);
  });
});
