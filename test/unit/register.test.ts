import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { register } from '../../src/domain/users/register.js';
import { type Accounts, accountsOfThisFile, PASSWORD, refusal } from '../kit/accounts.js';

const openAccounts = accountsOfThisFile();
let accounts: Accounts;
afterEach(() => accounts.close());

const as = (userName: string, ownerCode?: string) => ({ userName, password: PASSWORD, ownerCode });

describe('registering', () => {
  it('makes an account that is signed in for an hour', async () => {
    accounts = await openAccounts();
    const { needs } = accounts;

    const { user, token, expiresAt } = await register(needs, 'here', as(' Ada '));

    const now = needs.clock.now();
    expect(user).toEqual({
      id: expect.stringMatching(/^usr_/),
      userName: 'ada',
      role: 'OWNER',
      createdAt: now,
      lastLoginAt: now,
    });
    expect(expiresAt).toEqual(new Date(now.getTime() + 3_600_000));
    expect(await needs.users.find(user.id)).toEqual(user);
    expect((await needs.tokens.verify(token))?.userId).toBe(user.id);
  });

  it('keeps an argon2id hash of the password, and neither the password nor the token', async () => {
    accounts = await openAccounts();
    const { token } = await register(accounts.needs, 'here', as('ada'));

    const records = await accounts.documents.connection.collection('users').find().toArray();

    expect(records).toHaveLength(1);
    expect(Object.keys(records[0] ?? {}).toSorted()).toEqual([
      '_id',
      'createdAt',
      'lastLoginAt',
      'ownership',
      'passwordHash',
      'role',
      'userName',
    ]);
    expect(records[0]?.['passwordHash']).toMatch(/^\$argon2id\$/);
    expect(JSON.stringify(records)).not.toContain(PASSWORD);
    expect(JSON.stringify(records)).not.toContain(token);
  });

  it('makes the first account OWNER and later ones what the settings say', async () => {
    accounts = await openAccounts({ defaultRole: 'GUEST' });

    const roles = [];
    for (const name of ['ada', 'bob', 'cyd']) roles.push((await register(accounts.needs, 'here', as(name))).user.role);

    expect(roles).toEqual(['OWNER', 'GUEST', 'GUEST']);
  });

  it('refuses a name that is taken, in any spelling', async () => {
    accounts = await openAccounts();
    await register(accounts.needs, 'here', as('ada'));

    for (const spelling of ['ada', 'ADA', ' Ada ', 'ａｄａ']) {
      const { details } = await refusal('CONFLICT', register(accounts.needs, 'here', as(spelling)));
      expect(details).toEqual({ field: 'userName' });
    }
  });

  it('makes exactly one account of twenty that ask for the same name at once', async () => {
    accounts = await openAccounts();
    const { needs } = accounts;

    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => register(needs, 'here', as('ada'))));

    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(refusals).toEqual(Array.from({ length: 19 }, () => 'CONFLICT'));
    expect(await needs.users.list(100, null)).toHaveLength(1);
  });

  it('makes exactly one owner of ten different people who come first at once', async () => {
    accounts = await openAccounts();
    const { needs } = accounts;

    const signedIn = await Promise.all(Array.from({ length: 10 }, (_, i) => register(needs, 'here', as(`user${i}`))));

    const roles = signedIn.map(({ user }) => user.role).toSorted();
    expect(roles).toEqual([...Array.from({ length: 9 }, () => 'DEVELOPER'), 'OWNER']);
    expect((await needs.users.list(100, null)).map(({ role }) => role).toSorted()).toEqual(roles);
  });

  it('asks the first account for the owner code where there is one, and nobody after it', async () => {
    accounts = await openAccounts({ ownerCode: new Secret('printed at the first start') });
    const { needs } = accounts;

    await expect(register(needs, 'here', as('eve'))).rejects.toHaveProperty('code', 'FORBIDDEN');
    await expect(register(needs, 'here', as('eve', 'a guess'))).rejects.toHaveProperty('code', 'FORBIDDEN');
    expect(await needs.users.hasOwner()).toBe(false);

    const first = await register(needs, 'here', as('ada', 'printed at the first start'));
    const second = await register(needs, 'here', as('bob'));
    expect([first.user.role, second.user.role]).toEqual(['OWNER', 'DEVELOPER']);
  });

  it('lets only the first account in where registration is closed', async () => {
    accounts = await openAccounts({ registration: 'closed' });

    expect((await register(accounts.needs, 'here', as('ada'))).user.role).toBe('OWNER');
    await expect(register(accounts.needs, 'here', as('bob'))).rejects.toHaveProperty('code', 'FEATURE_DISABLED');

    expect(await accounts.needs.users.list(100, null)).toHaveLength(1);
  });

  it('says what is wrong with the name or the password', async () => {
    accounts = await openAccounts();
    const { needs } = accounts;

    const badName = await refusal('INVALID_INPUT', register(needs, 'here', { userName: 'a b', password: PASSWORD }));
    const badPassword = await refusal('INVALID_INPUT', register(needs, 'here', { userName: 'ada', password: 'short' }));

    expect([badName.details, badPassword.details]).toEqual([{ field: 'userName' }, { field: 'password' }]);
  });

  it('is limited per address, and goes on from others', async () => {
    accounts = await openAccounts();
    const { needs } = accounts;
    const tooShort = { userName: 'ada', password: 'short' };
    for (let i = 0; i < 60; i++)
      await expect(register(needs, '192.0.2.1', tooShort)).rejects.toHaveProperty('code', 'INVALID_INPUT');

    const { details } = await refusal('RATE_LIMITED', register(needs, '192.0.2.1', as('ada')));

    expect(details).toEqual({ isRetryable: true, retryAfterMs: expect.any(Number) });
    expect(details.retryAfterMs).toBeGreaterThan(59 * 60_000);
    expect((await register(needs, '192.0.2.2', as('ada'))).user.userName).toBe('ada');
  });
});
