import { expect, it, vi } from 'vitest';
import { openSignedIn, subscribeMessage } from '../kit/raw-socket.js';
import { quietReaders, SmallResolver } from '../kit/small-resolvers.js';
import { smallServer } from '../kit/small-server.js';

const open = () => smallServer({ resolvers: [SmallResolver] });

it('closes idle sockets with 1001 at once', async () => {
  const { server, url, signIn } = await open();
  const socket = await openSignedIn(url, signIn());

  await server.close(10_000);

  expect(await socket.closed).toEqual({ code: 1001, reason: 'SERVER_STOPS' });
});

it('lets operations end within the time that it is given, then closes their sockets', async () => {
  const { server, url, signIn } = await open();
  const socket = await openSignedIn(url, signIn());
  socket.send(subscribeMessage('1', 'subscription { quiet }'));
  await vi.waitUntil(() => quietReaders.count === 1);

  const closing = server.close(10_000);
  socket.send({ id: '1', type: 'complete' });

  await closing;
  expect(await socket.closed).toMatchObject({ code: 1001 });
});

it('cuts what does not end in time, sockets and streams alike', async () => {
  const { server, url, signIn } = await open();
  const token = signIn();
  const socket = await openSignedIn(url, token);
  socket.send(subscribeMessage('1', 'subscription { quiet }'));
  const stream = await fetch(`${url}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"subscription { quiet }"}',
  });
  await vi.waitUntil(() => quietReaders.count === 2);

  await server.close(200);

  expect(await socket.closed).toMatchObject({ code: 1001 });
  await expect(stream.text()).rejects.toThrow('terminated');
  await vi.waitUntil(() => quietReaders.count === 0);
});

it('answers requests that are going on, and takes no more', async () => {
  const { server, url, needs, signIn } = await open();
  const token = signIn();
  let isAsked = false;
  let goOn = () => {};
  vi.spyOn(needs.users, 'find').mockImplementation(async (id) => {
    isAsked = true;
    await new Promise<void>((resolve) => (goOn = resolve));
    return { id, userName: 'ada', role: 'GUEST', createdAt: new Date(), lastLoginAt: null };
  });
  const asking = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"{ yes }"}',
  });
  await vi.waitUntil(() => isAsked);

  const closing = server.close(10_000);
  await expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed');
  goOn();

  expect(await (await asking).json()).toEqual({ data: { yes: true } });
  await closing;
});
