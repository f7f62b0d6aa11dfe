import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { changePassword, resetPassword } from '../../src/domain/users/accounts.js';
import { authenticate } from '../../src/domain/users/authenticate.js';
import { login, type NameAndPassword } from '../../src/domain/users/login.js';
import type { UserStore } from '../../src/domain/users/user-store.js';
import { MemoryAttemptLimiter } from '../../src/infra/embedded/memory-attempt-limiter.js';
import { type Accounts, accountsOfThisFile, openedAfter, PASSWORD, refusal } from '../kit/accounts.js';
import { isAlike, median, timeOf } from '../kit/timing.js';

const openAccounts = accountsOfThisFile();
let accounts: Accounts;
beforeEach(async () => {
  accounts = await openAccounts();
  await accounts.join('ada');
});
afterEach(() => accounts.close());

const ada = { userName: 'ada', password: PASSWORD };
const wrong = { userName: 'ada', password: 'a wrong password' };

/** Attempts from so many addresses that only the account can be what they have in common. */
let addresses = 0;
const elsewhere = () => `2001:db8:${(addresses++).toString(16)}::1`;

describe('logging in', () => {
  it('opens a new session each time, under any spelling of the name', async () => {
    const { needs } = accounts;
    accounts.pass(5_000);

    const first = await login(needs, 'here', ada);
    const second = await login(needs, 'here', { ...ada, userName: ' ＡＤＡ ' });

    const now = needs.clock.now();
    expect(first.user).toMatchObject({ userName: 'ada', lastLoginAt: now });
    expect(await needs.users.find(first.user.id)).toEqual(first.user);
    expect(first.expiresAt).toEqual(new Date(now.getTime() + 3_600_000));
    expect(second.user).toEqual(first.user);
    expect(second.token).not.toBe(first.token);
    expect(await needs.sessions.idsOf(first.user.id)).toHaveLength(3);
  });

  it('takes the password as it is: not trimmed, not cut off, in one case', async () => {
    for (const password of [
      ` ${PASSWORD}`,
      `${PASSWORD} `,
      PASSWORD.toUpperCase(),
      PASSWORD.slice(0, -1),
      `${PASSWORD}\0`,
    ]) {
      await expect(login(accounts.needs, elsewhere(), { userName: 'ada', password })).rejects.toHaveProperty(
        'code',
        'UNAUTHENTICATED',
      );
    }
  });

  it('takes a password in one piece or in pieces, as systems differ in sending it', async () => {
    const { needs } = accounts;
    const whole = '아무도 모르는 비밀번호'.normalize('NFC');
    const pieces = whole.normalize('NFD');
    await resetPassword(needs, 'ada', whole);

    const { token } = await login(needs, 'here', { userName: 'ada', password: pieces });

    const viewer = await authenticate(needs, token);
    await changePassword(needs, viewer, { currentPassword: pieces, newPassword: PASSWORD });
    expect((await login(needs, 'here', ada)).user.id).toBe(viewer.id);
  });

  it('answers an unknown name, an impossible name and a wrong password in the same words', async () => {
    const refusals = await Promise.all(
      [wrong, { ...ada, userName: 'nobody' }, { ...ada, userName: 'no such name!' }].map((input) =>
        refusal('UNAUTHENTICATED', login(accounts.needs, 'here', input)),
      ),
    );

    expect(new Set(refusals.map(({ message, details }) => JSON.stringify({ message, details }))).size).toBe(1);
  });

  it('answers an unknown name in the time that a wrong password takes', async () => {
    const known: number[] = [];
    const unknown: number[] = [];
    const fail = async (input: NameAndPassword) => {
      const needs = { ...accounts.needs, attempts: new MemoryAttemptLimiter() };
      await refusal('UNAUTHENTICATED', login(needs, 'here', input));
    };

    for (let i = 0; i < 25; i++) {
      known.push(await timeOf(() => fail(wrong)));
      unknown.push(await timeOf(() => fail({ ...ada, userName: `nobody${i}` })));
    }

    expect({ known: median(known), unknown: median(unknown) }).toSatisfy((times: { known: number; unknown: number }) =>
      isAlike(times.known, times.unknown),
    );
  });

  it('touches no session when it fails', async () => {
    const { needs } = accounts;
    const touched: string[] = [];
    const sessions = new Proxy(needs.sessions, {
      get: (_, name) => () => touched.push(String(name)),
    });

    await expect(login({ ...needs, sessions }, 'here', wrong)).rejects.toHaveProperty('code', 'UNAUTHENTICATED');
    await expect(login({ ...needs, sessions }, 'here', { ...ada, userName: 'nobody' })).rejects.toHaveProperty(
      'code',
      'UNAUTHENTICATED',
    );

    expect(touched).toEqual([]);
  });
});

describe('a login that is under way with the old password', () => {
  const ANOTHER = 'an entirely different phrase';

  it('while that is changed ends as with a wrong one, and leaves no session but that of the change', async () => {
    const { needs } = accounts;
    const viewer = await authenticate(needs, (await login(needs, 'here', ada)).token);
    const change = () => changePassword(needs, viewer, { currentPassword: PASSWORD, newPassword: ANOTHER });
    const sessions = openedAfter(needs.sessions, change);

    const late = await refusal('UNAUTHENTICATED', login({ ...needs, sessions }, 'elsewhere', ada));

    const { message, details } = await refusal('UNAUTHENTICATED', login(needs, 'elsewhere', wrong));
    expect({ message: late.message, details: late.details }).toEqual({ message, details });
    expect(await needs.sessions.idsOf(viewer.id)).toHaveLength(1);
    expect((await login(needs, 'here', { ...ada, password: ANOTHER })).user.id).toBe(viewer.id);
  });

  it('while the operator sets another leaves no session', async () => {
    const { needs } = accounts;
    const { user } = await login(needs, 'here', ada);
    const sessions = openedAfter(needs.sessions, () => resetPassword(needs, 'ada', ANOTHER));

    await refusal('UNAUTHENTICATED', login({ ...needs, sessions }, 'elsewhere', ada));

    expect(await needs.sessions.idsOf(user.id)).toEqual([]);
  });
});

describe('guessing passwords', () => {
  it('ends after ten attempts at one account, from whatever address and under whatever spelling', async () => {
    const { needs } = accounts;
    const spellings = ['ada', 'ADA', ' ada', 'ａｄａ', 'Ada '];
    for (let i = 0; i < 10; i++) {
      const userName = spellings[i % spellings.length] ?? 'ada';
      await expect(login(needs, elsewhere(), { ...wrong, userName })).rejects.toHaveProperty('code', 'UNAUTHENTICATED');
    }

    const { details } = await refusal('RATE_LIMITED', login(needs, elsewhere(), ada));

    expect(details).toEqual({ isRetryable: true, retryAfterMs: expect.any(Number) });
    expect(details.retryAfterMs).toBeGreaterThan(14 * 60_000);
    expect(details.retryAfterMs).toBeLessThanOrEqual(15 * 60_000);
  });

  it('of a name that nobody has ends just the same', async () => {
    for (let i = 0; i < 10; i++) {
      await expect(login(accounts.needs, elsewhere(), { ...ada, userName: 'nobody' })).rejects.toHaveProperty(
        'code',
        'UNAUTHENTICATED',
      );
    }

    await expect(login(accounts.needs, elsewhere(), { ...ada, userName: 'nobody' })).rejects.toHaveProperty(
      'code',
      'RATE_LIMITED',
    );
  });

  it('ends after twenty attempts from one address, whatever the account', async () => {
    const { needs } = accounts;
    for (let i = 0; i < 20; i++) {
      await expect(login(needs, '192.0.2.1', { ...ada, userName: `user${i}` })).rejects.toHaveProperty(
        'code',
        'UNAUTHENTICATED',
      );
    }

    const { details } = await refusal('RATE_LIMITED', login(needs, '192.0.2.1', ada));

    expect(details.retryAfterMs).toBeGreaterThan(14 * 60_000);
    expect((await login(needs, '192.0.2.2', ada)).user.userName).toBe('ada');
  });

  it('from one address is not forgotten where somebody there knows a password of their own', async () => {
    const { needs } = accounts;
    const guess = (i: number) => login(needs, '192.0.2.1', { ...ada, userName: `user${i}` });
    const codes: unknown[] = [];
    for (let i = 0; i < 22; i++) {
      if (i === 15) await login(needs, '192.0.2.1', ada);
      codes.push(((await guess(i).catch((error: AppError) => error)) as AppError).code);
    }

    expect(codes).toEqual([...Array<string>(20).fill('UNAUTHENTICATED'), 'RATE_LIMITED', 'RATE_LIMITED']);
  });

  it('at one account keeps nobody at the same address from another', async () => {
    const { needs } = accounts;
    await accounts.join('bob');
    for (let i = 0; i < 40; i++) {
      await login(needs, '192.0.2.1', wrong).catch((error: unknown) => expect(error).toBeInstanceOf(AppError));
    }

    expect((await login(needs, '192.0.2.1', { userName: 'bob', password: PASSWORD })).user.userName).toBe('bob');
  });

  it('does not end the sessions that the victim has', async () => {
    const { needs } = accounts;
    const { user } = await login(needs, 'here', ada);
    const before = await needs.sessions.idsOf(user.id);

    for (let i = 0; i < 12; i++) await login(needs, elsewhere(), wrong).catch(() => undefined);

    expect(await needs.sessions.idsOf(user.id)).toEqual(before);
  });

  it('is forgotten once the right password comes', async () => {
    const { needs } = accounts;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 9; i++)
        await expect(login(needs, elsewhere(), wrong)).rejects.toHaveProperty('code', 'UNAUTHENTICATED');
      await login(needs, elsewhere(), ada);
    }
  });

  it('is never what forty people do who all know their password, even at once from one address', async () => {
    const { needs } = accounts;

    const signedIn = await Promise.all(Array.from({ length: 40 }, () => login(needs, '192.0.2.1', ada)));

    expect(new Set(signedIn.map(({ token }) => token)).size).toBe(40);
  });

  it('is not what an outage makes of attempts that could not be judged', async () => {
    const { needs } = accounts;
    const users: UserStore = Object.create(needs.users, {
      findCredentials: {
        value: () => Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'The database does not answer.')),
      },
    });
    for (let i = 0; i < 30; i++)
      await expect(login({ ...needs, users }, '192.0.2.1', ada)).rejects.toHaveProperty('code', 'SERVICE_UNAVAILABLE');

    expect((await login(needs, '192.0.2.1', ada)).user.userName).toBe('ada');
  });
});
