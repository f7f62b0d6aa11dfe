import { expect, it, vi } from 'vitest';
import { createTomato, type TomatoOptions } from '../../src/sdk/client.js';
import type { TomatoError } from '../../src/sdk/tomato-error.js';

const me = { id: 'user_1' };

/** A client of a server that knows who asks, and what it was asked. */
function createClient(options: Partial<TomatoOptions> = {}) {
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(Response.json({ data: { me } })));
  const client = createTomato({ url: 'https://chat.example.com', fetch, ...options });
  return { client, fetch, asked: (place: number) => new Request(...fetch.mock.calls[place]!) };
}

it.each(['https://chat.example.com', 'https://chat.example.com/', 'https://chat.example.com//'])(
  'asks at /graphql of %s, without a header for a token that is none',
  async (url) => {
    const { client, asked } = createClient({ url, token: () => null });

    expect(await client.me()).toEqual({ me });

    expect(asked(0)).toMatchObject({ url: 'https://chat.example.com/graphql', method: 'POST' });
    expect(Object.fromEntries(asked(0).headers)).toEqual({
      accept: 'application/graphql-response+json',
      'content-type': 'application/json',
    });
  },
);

it('asks for the token anew each time', async () => {
  let count = 0;
  const { client, asked } = createClient({ token: async () => `token-${++count}` });

  await client.me();
  await client.me();

  expect([asked(0), asked(1)].map(({ headers }) => headers.get('authorization'))).toEqual([
    'Bearer token-1',
    'Bearer token-2',
  ]);
});

it('leaves at once while a token is fetched, and asks for none where it has left', async () => {
  const stop = new AbortController();
  const token = vi.fn<() => Promise<string>>(() => new Promise(() => {}));
  const { client, fetch } = createClient({ token });
  setTimeout(() => stop.abort(new Error('left')));

  await expect(client.me({}, { signal: stop.signal })).rejects.toThrow('left');
  await expect(client.me({}, { signal: stop.signal })).rejects.toThrow('left');

  expect(token).toHaveBeenCalledTimes(1);
  expect(fetch).not.toHaveBeenCalled();
}, 1_000);

it('leaves while the server has not answered, for the reason that it is given', async () => {
  const stop = new AbortController();
  const { client } = createClient({
    fetch: (_, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('cut')));
        setTimeout(() => stop.abort(new Error('left')));
      }),
  });

  await expect(client.me({}, { signal: stop.signal })).rejects.toThrow('left');
}, 1_000);

it('leaves no listener with a signal that lives longer', async () => {
  const stop = new AbortController();
  const removed = vi.spyOn(stop.signal, 'removeEventListener');
  const { client } = createClient({ token: 'token' });

  await client.me({}, { signal: stop.signal });

  expect(removed).toHaveBeenCalledTimes(1);
});

it.each([
  [[{ message: 'Broken.' }], { code: 'INTERNAL', message: 'Broken.', details: {} }],
  [[], { code: 'INTERNAL', message: 'The server gave no reason.', details: {} }],
  [
    [{ message: 'Busy.', extensions: { code: 'CONFLICT', isRetryable: true } }],
    { code: 'CONFLICT', message: 'Busy.', details: { isRetryable: true } },
  ],
])('throws the first of the errors %j', async (errors, thrown) => {
  const { client } = createClient({ fetch: () => Promise.resolve(Response.json({ errors })) });

  const error: unknown = await client.me().catch((failure: unknown) => failure);

  expect({ ...(error as TomatoError), message: (error as TomatoError).message }).toEqual({
    name: 'TomatoError',
    ...thrown,
  });
});
