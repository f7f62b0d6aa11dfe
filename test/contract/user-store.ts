import { describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { User } from '../../src/domain/users/user.js';
import type { UserStore } from '../../src/domain/users/user-store.js';

/** What every UserStore must do. `open` gives an empty one. */
export function describeUserStore(open: () => Promise<UserStore>): void {
  describe('accounts', () => {
    it('finds a user by id, alone or among others, and by name with the hash of their password', async () => {
      const store = await open();
      const [ada, bob] = [userOf('ada'), { ...userOf('bob'), lastLoginAt: new Date('2026-01-02T00:00:00Z') }];

      expect(await store.insert(ada, 'hash of ada')).toBe(true);
      expect(await store.insert(bob, 'hash of bob')).toBe(true);

      expect(await store.find(ada.id)).toEqual(ada);
      expect(await store.find('usr_nobody')).toBeNull();
      expect(await store.findMany([bob.id, 'usr_nobody'])).toEqual([bob]);
      expect(await store.findCredentials('bob')).toEqual({ user: bob, passwordHash: 'hash of bob' });
      expect(await store.findCredentialsById(ada.id)).toEqual({ user: ada, passwordHash: 'hash of ada' });
      expect(await store.findCredentials('carol')).toBeNull();
      expect(await store.findCredentialsById('usr_nobody')).toBeNull();
    });

    it('gives a name to one of many who want it at once, and stores nothing of the others', async () => {
      const store = await open();
      const wanting = Array.from({ length: 20 }, () => userOf('ada'));

      const outcomes = await Promise.all(wanting.map((user, i) => store.insert(user, `hash ${i}`)));

      const winner = outcomes.indexOf(true);
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await store.list(100, null)).toEqual([wanting[winner]]);
      expect(await store.findCredentials('ada')).toEqual({ user: wanting[winner], passwordHash: `hash ${winner}` });
    });

    it('lists everybody in the order of registration, page by page', async () => {
      const store = await open();
      const users = [userOf('ada', { order: 1 }), userOf('bob', { order: 2 }), userOf('cy', { order: 3 })];
      for (const user of users.toReversed()) await store.insert(user, 'hash');

      const first = await store.list(2, null);

      expect(first).toEqual(users.slice(0, 2));
      expect(await store.list(2, first[1]?.id ?? '')).toEqual(users.slice(2));
    });

    it('changes the password, the last login and the role of the user named, and of nobody else', async () => {
      const store = await open();
      const [ada, bob] = [userOf('ada'), userOf('bob')];
      await store.insert(ada, 'old');
      await store.insert(bob, 'hash of bob');
      const at = new Date('2026-02-03T04:05:06.789Z');

      await store.setPasswordHash(ada.id, 'new');
      await store.setLastLogin(ada.id, at);
      await store.setRole(ada.id, 'GUEST');

      expect(await store.findCredentials('ada')).toEqual({
        user: { ...ada, role: 'GUEST', lastLoginAt: at },
        passwordHash: 'new',
      });
      expect(await store.findCredentials('bob')).toEqual({ user: bob, passwordHash: 'hash of bob' });
    });
  });

  describe('a password', () => {
    it('is replaced where the old one is still there: by one of many who try', async () => {
      const store = await open();
      const [ada, bob] = [userOf('ada'), userOf('bob')];
      await store.insert(ada, 'old');
      await store.insert(bob, 'old');
      const wanted = Array.from({ length: 10 }, (_, i) => `new ${i}`);

      const outcomes = await Promise.all(wanted.map((hash) => store.replacePasswordHash(ada.id, 'old', hash)));

      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await store.findCredentials('ada')).toEqual({ user: ada, passwordHash: wanted[outcomes.indexOf(true)] });
      expect(await store.findCredentials('bob')).toEqual({ user: bob, passwordHash: 'old' });
      expect(await store.replacePasswordHash('usr_nobody', 'old', 'new')).toBe(false);
    });
  });

  describe('the owner', () => {
    it('is one of many who want to be the first', async () => {
      const store = await open();
      expect(await store.hasOwner()).toBe(false);
      const wanting = Array.from({ length: 10 }, (_, i) => userOf(`user${i}`, { role: 'OWNER' }));

      const outcomes = await Promise.all(wanting.map((user) => store.insert(user, 'hash')));

      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await store.list(100, null)).toEqual([wanting[outcomes.indexOf(true)]]);
      expect(await store.hasOwner()).toBe(true);
    });

    it('keeps their role whatever setRole says', async () => {
      const store = await open();
      const ada = userOf('ada', { role: 'OWNER' });
      await store.insert(ada, 'hash');

      await store.setRole(ada.id, 'GUEST');

      expect(await store.find(ada.id)).toEqual(ada);
    });

    it('hands over to another user and becomes an admin, there and back', async () => {
      const store = await open();
      const [ada, bob] = [userOf('ada', { role: 'OWNER', order: 1 }), userOf('bob', { order: 2 })];
      await store.insert(ada, 'hash');
      await store.insert(bob, 'hash');

      expect(await store.transferOwnership(ada.id, bob.id)).toBe(true);
      expect(await rolesIn(store)).toEqual({ ada: 'ADMIN', bob: 'OWNER' });
      expect(await store.insert(userOf('eve', { role: 'OWNER' }), 'hash')).toBe(false);

      expect(await store.transferOwnership(bob.id, ada.id)).toBe(true);
      expect(await rolesIn(store)).toEqual({ ada: 'OWNER', bob: 'ADMIN' });
      expect(await store.insert(userOf('eve', { role: 'OWNER' }), 'hash')).toBe(false);
    });

    it('stays if who hands over is not the owner, or nobody is there to receive', async () => {
      const store = await open();
      const [ada, bob] = [userOf('ada', { role: 'OWNER', order: 1 }), userOf('bob', { order: 2 })];
      await store.insert(ada, 'hash');
      await store.insert(bob, 'hash');

      expect(await store.transferOwnership(bob.id, bob.id)).toBe(false);
      expect(await store.transferOwnership(ada.id, 'usr_nobody')).toBe(false);

      expect(await rolesIn(store)).toEqual({ ada: 'OWNER', bob: 'DEVELOPER' });
    });

    it('is exactly one, also when they hand over to many at once', async () => {
      const store = await open();
      const ada = userOf('ada', { role: 'OWNER' });
      const heirs = Array.from({ length: 10 }, (_, i) => userOf(`heir${i}`));
      for (const user of [ada, ...heirs]) await store.insert(user, 'hash');

      const outcomes = await Promise.all(heirs.map((heir) => store.transferOwnership(ada.id, heir.id)));

      const owners = (await store.list(100, null)).filter(({ role }) => role === 'OWNER');
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(owners.map(({ id }) => id)).toEqual([heirs[outcomes.indexOf(true)]?.id]);
    });
  });
}

/** @param options.order Where their id sorts among those of the same test. */
function userOf(
  userName: string,
  { role = 'DEVELOPER', order = 0 }: { role?: User['role']; order?: number } = {},
): User {
  return {
    id: order === 0 ? newId('usr') : `usr_${String(order).padStart(26, '0')}`,
    userName,
    role,
    createdAt: new Date('2026-01-01T00:00:00Z'),
    lastLoginAt: null,
  };
}

/** Whichever way they are asked for. */
async function rolesIn(store: UserStore): Promise<Record<string, User['role']>> {
  const users = await store.list(100, null);
  expect(await Promise.all(users.map(({ id }) => store.find(id)))).toEqual(users);
  return Object.fromEntries(users.map(({ userName, role }) => [userName, role]));
}
