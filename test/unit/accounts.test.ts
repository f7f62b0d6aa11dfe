import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import {
  changePassword,
  logout,
  logoutEverywhere,
  me,
  refreshSession,
  resetPassword,
} from '../../src/domain/users/accounts.js';
import { authenticate } from '../../src/domain/users/authenticate.js';
import { login } from '../../src/domain/users/login.js';
import { storedSessionId } from '../../src/domain/users/sessions.js';
import type { Viewer } from '../../src/domain/users/user.js';
import { type Accounts, accountsOfThisFile, openedAfter, PASSWORD, refusal, standIn } from '../kit/accounts.js';

const MINUTE = 60_000;
const ANOTHER = 'an entirely different phrase';

const openAccounts = accountsOfThisFile();
let accounts: Accounts;
beforeEach(async () => {
  accounts = await openAccounts();
});
afterEach(() => accounts.close());

const ada = { userName: 'ada', password: PASSWORD };

describe('a request', () => {
  it('is known by its token as the user, with the role that the database has now', async () => {
    const { needs } = accounts;
    await accounts.join('the-owner');
    const { user, token } = await accounts.join('ada');

    expect(await authenticate(needs, token)).toMatchObject({ id: user.id, role: 'DEVELOPER' });
    await needs.users.setRole(user.id, 'GUEST');
    expect(await authenticate(needs, token)).toMatchObject({ id: user.id, role: 'GUEST' });
  });

  it('without a token, or with one that is not ours, is UNAUTHENTICATED', async () => {
    for (const token of [null, '', 'nonsense', 'a.b.c']) {
      await expect(authenticate(accounts.needs, token)).rejects.toHaveProperty('code', 'UNAUTHENTICATED');
    }
  });

  it('by a token that names another user than its session, or one that is gone, is SESSION_EXPIRED', async () => {
    const { needs } = accounts;
    const { user, token } = await accounts.join('ada');
    const bob = await accounts.join('bob');
    const { sessionId } = await authenticate(needs, token);
    const inAnHour = new Date(needs.clock.now().getTime() + 60 * MINUTE);
    const forged = (userId: string) => needs.tokens.sign({ sessionId, userId }, inAnHour);

    for (const userId of [bob.user.id, newId('usr')])
      await expect(authenticate(needs, await forged(userId))).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
    expect(await authenticate(needs, await forged(user.id))).toMatchObject({ id: user.id });
  });

  it('keeps the session alive: each one moves its idle end on', async () => {
    const { needs } = accounts;
    const { token } = await accounts.join('ada');

    for (let i = 0; i < 5; i++) {
      accounts.pass(59 * MINUTE);
      await authenticate(needs, token);
    }
    accounts.pass(60 * MINUTE);

    await expect(authenticate(needs, token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
  });

  it('cannot keep the session alive beyond its absolute end, where the token expires too', async () => {
    await accounts.close();
    accounts = await openAccounts({ sessionAbsoluteMs: 90 * MINUTE });
    const { token } = await accounts.join('ada');

    accounts.pass(59 * MINUTE);
    await authenticate(accounts.needs, token);
    accounts.pass(31 * MINUTE);

    await expect(authenticate(accounts.needs, token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
  });

  it('fails closed while sessions cannot be checked', async () => {
    const { needs } = accounts;
    const { token } = await accounts.join('ada');
    const sessions = standIn(needs.sessions, {
      touch: () => Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'Sessions cannot be read.')),
    });

    await expect(authenticate({ ...needs, sessions }, token)).rejects.toHaveProperty('code', 'SERVICE_UNAVAILABLE');
    await expect(authenticate({ ...needs, sessions }, 'nonsense')).rejects.toHaveProperty('code', 'UNAUTHENTICATED');
  });

  it('tells who asks', async () => {
    const { user, viewer } = await accounts.join('ada');

    expect(await me(accounts.needs, viewer)).toEqual(user);
  });
});

describe('refreshing a session', () => {
  it('gives another token for the same session and moves its idle end, while the old token goes on', async () => {
    const { needs } = accounts;
    const { user, token, viewer } = await accounts.join('ada');
    accounts.pass(30 * MINUTE);

    const refreshed = await refreshSession(needs, viewer);

    expect(refreshed).toEqual({
      token: expect.any(String),
      expiresAt: new Date(needs.clock.now().getTime() + 60 * MINUTE),
      user,
    });
    expect(refreshed.token).not.toBe(token);
    accounts.pass(59 * MINUTE);
    expect(await authenticate(needs, refreshed.token)).toEqual(viewer);
    expect(await authenticate(needs, token)).toEqual(viewer);
  });

  it('does not move the absolute end', async () => {
    await accounts.close();
    accounts = await openAccounts({ sessionAbsoluteMs: 90 * MINUTE });
    const { viewer } = await accounts.join('ada');
    accounts.pass(50 * MINUTE);

    const { token, expiresAt } = await refreshSession(accounts.needs, viewer);

    expect(expiresAt).toEqual(new Date('2026-01-01T01:30:00Z'));
    accounts.pass(40 * MINUTE);
    await expect(authenticate(accounts.needs, token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
  });
});

describe('logging out', () => {
  it('ends the session at once, rings its bell, and leaves the other sessions alone', async () => {
    const { needs } = accounts;
    const { token, viewer } = await accounts.join('ada');
    const other = await login(needs, 'here', ada);
    const rings = listenTo(viewer.sessionId);

    expect(await logout(needs, viewer)).toBe(true);

    await expect(authenticate(needs, token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
    expect(await authenticate(needs, other.token)).toMatchObject({ id: viewer.id });
    expect(await logout(needs, viewer)).toBe(false);
    await rings.first;
  });

  it('everywhere ends all sessions of the user, says how many, and leaves other users alone', async () => {
    const { needs } = accounts;
    const { token, viewer } = await accounts.join('ada');
    const second = await login(needs, 'here', ada);
    const bob = await accounts.join('bob');
    const rings = listenTo(viewer.sessionId);

    expect(await logoutEverywhere(needs, viewer)).toBe(2);

    await expect(authenticate(needs, token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
    await expect(authenticate(needs, second.token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
    expect(await authenticate(needs, bob.token)).toEqual(bob.viewer);
    await rings.first;
  });

  it('tells the sockets of sessions that ended before it failed', async () => {
    const { needs } = accounts;
    const { viewer } = await accounts.join('ada');
    const lost = new AppError('SERVICE_UNAVAILABLE', 'Sessions cannot be saved.');
    const sessions = standIn(needs.sessions, {
      async endAll(userId) {
        await needs.sessions.endAll(userId);
        throw lost;
      },
    });
    const rings = listenTo(viewer.sessionId);

    await expect(logoutEverywhere({ ...needs, sessions }, viewer)).rejects.toBe(lost);

    await rings.first;
  });
});

describe('changing the password', () => {
  const change = (viewer: Viewer) =>
    changePassword(accounts.needs, viewer, { currentPassword: PASSWORD, newPassword: ANOTHER });

  it('lets the new one in and not the old one, and puts a new session in the place of all others', async () => {
    const { needs } = accounts;
    const { user, token, viewer } = await accounts.join('ada');
    const elsewhere = await login(needs, 'here', ada);
    const rings = listenTo(viewer.sessionId);

    const changed = await changePassword(needs, viewer, { currentPassword: PASSWORD, newPassword: ANOTHER });

    expect(Object.keys(changed).toSorted()).toEqual(['expiresAt', 'token', 'user']);
    expect(await authenticate(needs, changed.token)).toMatchObject({ id: user.id });
    await expect(authenticate(needs, token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
    await expect(authenticate(needs, elsewhere.token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
    await rings.first;
    await expect(login(needs, 'here', ada)).rejects.toHaveProperty('code', 'UNAUTHENTICATED');
    expect((await login(needs, 'here', { ...ada, password: ANOTHER })).user.id).toBe(user.id);
  });

  it('needs the current one, and changes nothing without it', async () => {
    const { needs } = accounts;
    const { token, viewer } = await accounts.join('ada');

    const { details } = await refusal(
      'INVALID_INPUT',
      changePassword(needs, viewer, { currentPassword: 'wrong', newPassword: ANOTHER }),
    );

    expect(details).toEqual({ field: 'currentPassword' });
    expect(await authenticate(needs, token)).toEqual(viewer);
    await login(needs, 'here', ada);
  });

  it('holds the new one to the rules', async () => {
    const { viewer } = await accounts.join('ada');

    const { details } = await refusal(
      'INVALID_INPUT',
      changePassword(accounts.needs, viewer, { currentPassword: PASSWORD, newPassword: 'password123' }),
    );

    expect(details).toEqual({ field: 'newPassword' });
  });

  it('lets nobody guess the current one more than ten times, whatever strangers do at the login', async () => {
    const { needs } = accounts;
    const { viewer } = await accounts.join('ada');
    const guess = { currentPassword: 'a guess', newPassword: ANOTHER };
    for (let i = 0; i < 10; i++)
      await expect(login(needs, 'afar', { ...ada, password: 'a guess' })).rejects.toHaveProperty(
        'code',
        'UNAUTHENTICATED',
      );
    for (let i = 0; i < 10; i++)
      await expect(changePassword(needs, viewer, guess)).rejects.toHaveProperty('code', 'INVALID_INPUT');

    await expect(changePassword(needs, viewer, { ...guess, currentPassword: PASSWORD })).rejects.toHaveProperty(
      'code',
      'RATE_LIMITED',
    );
  });

  it.each([
    ['another change', 1, change],
    ['the operator', 0, () => resetPassword(accounts.needs, 'ada', ANOTHER)],
  ])('comes too late where %s was quicker, and leaves no session to whom it came from', async (_, alive, quicker) => {
    const { needs } = accounts;
    const { token, viewer } = await accounts.join('ada');
    const sessions = openedAfter(needs.sessions, () => quicker(viewer));
    const slow = { currentPassword: PASSWORD, newPassword: 'what a thief would set' };

    const { details } = await refusal('INVALID_INPUT', changePassword({ ...needs, sessions }, viewer, slow));

    expect(details).toEqual({ field: 'currentPassword' });
    await expect(authenticate(needs, token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
    expect(await needs.sessions.idsOf(viewer.id)).toHaveLength(alive);
    expect((await login(needs, 'here', { ...ada, password: ANOTHER })).user.id).toBe(viewer.id);
  });

  it('leaves nobody in who knows the old one alone, also where nobody hears that it was changed', async () => {
    const { needs } = accounts;
    const { viewer } = await accounts.join('ada');
    const elsewhere = await login(needs, 'here', ada);
    const lost = new AppError('SERVICE_UNAVAILABLE', 'The database is away.');
    const users = standIn(needs.users, {
      async replacePasswordHash(...change) {
        await needs.users.replacePasswordHash(...change);
        throw lost;
      },
    });

    await expect(
      changePassword({ ...needs, users }, viewer, { currentPassword: PASSWORD, newPassword: ANOTHER }),
    ).rejects.toBe(lost);

    await expect(authenticate(needs, elsewhere.token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
  });

  it('leaves everything as it was where sessions cannot be reached', async () => {
    const { needs } = accounts;
    const { token, viewer } = await accounts.join('ada');
    const sessions = standIn(needs.sessions, {
      insert: () => Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'Sessions cannot be saved.')),
    });

    await expect(
      changePassword({ ...needs, sessions }, viewer, { currentPassword: PASSWORD, newPassword: ANOTHER }),
    ).rejects.toHaveProperty('code', 'SERVICE_UNAVAILABLE');

    expect(await authenticate(needs, token)).toEqual(viewer);
    await login(needs, 'here', ada);
  });
});

describe('resetting a password, for who is locked out', () => {
  it('sets a random one, ends all sessions and lets the user try again at once', async () => {
    const { needs } = accounts;
    const { user, token } = await accounts.join('ada');
    for (let i = 0; i < 11; i++) await login(needs, 'afar', { ...ada, password: 'a guess' }).catch(() => undefined);

    const password = await resetPassword(needs, ' Ada ');

    expect(password).toMatch(/^[\w-]{20}$/);
    await expect(authenticate(needs, token)).rejects.toHaveProperty('code', 'SESSION_EXPIRED');
    expect((await login(needs, 'here', { userName: 'ada', password })).user.id).toBe(user.id);
  });

  it('sets the one that is given', async () => {
    await accounts.join('ada');

    expect(await resetPassword(accounts.needs, 'ada', ANOTHER)).toBe(ANOTHER);

    await login(accounts.needs, 'here', { userName: 'ada', password: ANOTHER });
  });

  it('says so if there is no such user or the password will not do', async () => {
    await accounts.join('ada');

    await expect(resetPassword(accounts.needs, 'nobody')).rejects.toHaveProperty('code', 'NOT_FOUND');
    await expect(resetPassword(accounts.needs, 'ada', 'short')).rejects.toHaveProperty('code', 'INVALID_INPUT');
  });
});

/** `first` resolves at the first ring for a session. */
function listenTo(sessionId: string): { first: Promise<void> } {
  const first = new Promise<void>((resolve) => {
    accounts.needs.bell.listen(`session:${storedSessionId(sessionId)}`, resolve);
  });
  return { first };
}
