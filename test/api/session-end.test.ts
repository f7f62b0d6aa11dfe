import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openHouse, PASSWORD, type Person, type RunningHouse } from '../kit/house.js';

describe('the sockets of a session', () => {
  let house: RunningHouse;
  let owner: Person;
  beforeAll(async () => {
    house = await openHouse();
    owner = await house.join();
  });
  afterAll(() => house.close());

  it.each([
    ['logout', 'mutation { logout }'],
    ['logoutEverywhere', 'mutation { logoutEverywhere }'],
    [
      'changePassword',
      `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "another long phrase" }) { token } }`,
    ],
  ])('close with 4401 within 1.5 s of %s; those of other people stay', async (_, mutation) => {
    const ada = await house.join();
    const { closed } = await openSocket(ada);
    const another = await openSocket(await house.join());
    const askedAt = performance.now();

    await ada.get(mutation);

    expect(await closed).toEqual({ code: 4401, reason: 'SESSION_EXPIRED' });
    expect(performance.now() - askedAt).toBeLessThan(1_500);
    expect(another.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('close with 4403 when the user’s role changes, so that the client comes back with the rights that it has now', async () => {
    const ada = await house.join();
    const { closed } = await openSocket(ada);

    await owner.get(`mutation { setUserRole(input: { userId: "${ada.id}", role: GUEST }) { id } }`);

    expect(await closed).toEqual({ code: 4403, reason: 'ROLE_CHANGED' });
    expect((await openSocket(ada)).socket.readyState).toBe(WebSocket.OPEN);
  });

  it('refuse a token that is not ours with 4401', async () => {
    await expect(openSocket({ house, token: 'nonsense' })).rejects.toEqual({ code: 4401, reason: 'UNAUTHENTICATED' });
  });
});

describe('a session whose idle time is over', () => {
  let house: RunningHouse;
  afterEach(() => house.close());

  it('closes its sockets with 4401, and its token is worth nothing from then on', async () => {
    house = await openHouse({ env: { SESSION_IDLE_SECONDS: '1' } });
    const ada = await house.join();
    const { closed } = await openSocket(ada);
    const openedAt = performance.now();

    expect(await closed).toEqual({ code: 4401, reason: 'SESSION_EXPIRED' });

    expect(performance.now() - openedAt).toBeLessThan(2_500);
    expect((await ada.ask('{ me { id } }')).errors?.[0]?.extensions.code).toBe('SESSION_EXPIRED');
    await expect(openSocket(ada)).rejects.toEqual({ code: 4401, reason: 'SESSION_EXPIRED' });
  });
});

type Close = { readonly code: number; readonly reason: string };
type OpenSocket = { readonly socket: WebSocket; readonly closed: Promise<Close> };

/** Connects and signs in; rejects with how it was closed instead. */
async function openSocket({ house, token }: Pick<Person, 'house' | 'token'>): Promise<OpenSocket> {
  const socket = new WebSocket(house.url.replace('http', 'ws') + '/graphql', 'graphql-transport-ws');
  const closed = new Promise<Close>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  const refusal = await Promise.race([once(socket, 'message').then(() => null), closed]);
  if (refusal) throw refusal;
  return { socket, closed };
}
