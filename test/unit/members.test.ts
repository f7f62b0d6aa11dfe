import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { authenticate } from '../../src/domain/users/authenticate.js';
import { listUsers, setUserRole, transferOwnership, visibleUser } from '../../src/domain/users/members.js';
import type { Role, Viewer } from '../../src/domain/users/user.js';
import { type Accounts, accountsOfThisFile } from '../kit/accounts.js';

const openAccounts = accountsOfThisFile();
let accounts: Accounts;
let owner: Viewer;
let admin: Viewer;
let developer: Viewer;
let guest: Viewer;
beforeEach(async () => {
  accounts = await openAccounts();
  owner = (await accounts.join('owner')).viewer;
  admin = await joinAs('admin', 'ADMIN');
  developer = await joinAs('developer', 'DEVELOPER');
  guest = await joinAs('guest', 'GUEST');
});
afterEach(() => accounts.close());

describe('the list of users', () => {
  it('shows administrators everybody, page by page', async () => {
    for (const viewer of [owner, admin]) {
      const users = await listUsers(accounts.needs, viewer, { limit: 3, afterId: owner.id });
      expect(users.map(({ id, role }) => ({ id, role }))).toEqual(
        [admin, developer, guest].map(({ id, role }) => ({ id, role })),
      );
    }
  });

  it('has no page after something else', () => {
    expect(() => listUsers(accounts.needs, owner, { limit: 3, afterId: newId('job') })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', details: { field: 'after' } }),
    );
  });

  it('is forbidden to everybody else', () => {
    for (const viewer of [developer, guest]) {
      expect(() => listUsers(accounts.needs, viewer, { limit: 3, afterId: null })).toThrow(
        expect.objectContaining({ code: 'FORBIDDEN' }),
      );
    }
  });
});

describe('one user', () => {
  it('is visible to themselves and to administrators, and to others as little as nobody is', async () => {
    const { needs } = accounts;

    expect(await visibleUser(needs, developer, developer.id)).toMatchObject({ userName: 'developer' });
    expect(await visibleUser(needs, admin, developer.id)).toMatchObject({ userName: 'developer' });
    expect(await visibleUser(needs, guest, developer.id)).toBeNull();
    expect(await visibleUser(needs, admin, 'usr_nobody')).toBeNull();
  });
});

describe('giving roles', () => {
  it.each<[string, () => Viewer, () => Viewer, Role]>([
    ['the owner makes admins', () => owner, () => developer, 'ADMIN'],
    ['the owner unmakes admins', () => owner, () => admin, 'DEVELOPER'],
    ['admins make guests of developers', () => admin, () => developer, 'GUEST'],
    ['admins make developers of guests', () => admin, () => guest, 'DEVELOPER'],
  ])('%s', async (_, viewer, user, role) => {
    const { needs } = accounts;

    expect(await setUserRole(needs, viewer(), { userId: user().id, role })).toMatchObject({ id: user().id, role });

    expect(await needs.users.find(user().id)).toMatchObject({ role });
  });

  it.each<[string, () => Viewer, () => Viewer, Role]>([
    ['admins do not make admins', () => admin, () => developer, 'ADMIN'],
    ['admins do not unmake admins, themselves included', () => admin, () => admin, 'GUEST'],
    ['admins do not touch the owner', () => admin, () => owner, 'GUEST'],
    ['owners do not unmake themselves', () => owner, () => owner, 'ADMIN'],
    ['developers give nobody a role', () => developer, () => guest, 'DEVELOPER'],
    ['developers do not promote themselves', () => developer, () => developer, 'ADMIN'],
    ['guests do not promote themselves', () => guest, () => guest, 'DEVELOPER'],
  ])('%s', async (_, viewer, user, role) => {
    const { needs } = accounts;

    await expect(setUserRole(needs, viewer(), { userId: user().id, role })).rejects.toHaveProperty('code', 'FORBIDDEN');

    expect(await needs.users.find(user().id)).toMatchObject({ role: user().role });
  });

  it('makes nobody owner, and finds only who is there', async () => {
    await expect(setUserRole(accounts.needs, owner, { userId: admin.id, role: 'OWNER' })).rejects.toHaveProperty(
      'code',
      'INVALID_INPUT',
    );
    await expect(setUserRole(accounts.needs, owner, { userId: 'usr_nobody', role: 'GUEST' })).rejects.toHaveProperty(
      'code',
      'NOT_FOUND',
    );
  });
});

describe('handing ownership over', () => {
  it('makes the heir owner and the owner an admin', async () => {
    const { needs } = accounts;

    expect(await transferOwnership(needs, owner, guest.id)).toMatchObject({ id: guest.id, role: 'OWNER' });

    const roles = (await needs.users.list(100, null)).map(({ userName, role }) => [userName, role]);
    expect(Object.fromEntries(roles)).toEqual({
      owner: 'ADMIN',
      admin: 'ADMIN',
      developer: 'DEVELOPER',
      guest: 'OWNER',
    });
  });

  it('is the owner’s alone, needs an heir, and happens once', async () => {
    const { needs } = accounts;

    await expect(transferOwnership(needs, admin, admin.id)).rejects.toHaveProperty('code', 'FORBIDDEN');
    await expect(transferOwnership(needs, owner, 'usr_nobody')).rejects.toHaveProperty('code', 'NOT_FOUND');
    await expect(transferOwnership(needs, owner, owner.id)).rejects.toHaveProperty('code', 'INVALID_INPUT');
    const outcomes = await Promise.allSettled([admin, developer].map(({ id }) => transferOwnership(needs, owner, id)));

    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect((await needs.users.list(100, null)).filter(({ role }) => role === 'OWNER')).toHaveLength(1);
  });
});

async function joinAs(userName: string, role: Exclude<Role, 'OWNER'>): Promise<Viewer> {
  const { user, token } = await accounts.join(userName);
  await accounts.needs.users.setRole(user.id, role);
  return authenticate(accounts.needs, token);
}
