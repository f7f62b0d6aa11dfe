import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { AppError } from '../../src/base/errors.js';
import { authenticate } from '../../src/domain/users/authenticate.js';
import { logout, logoutEverywhere } from '../../src/domain/users/accounts.js';
import { setUserRole } from '../../src/domain/users/members.js';
import { storedSessionId } from '../../src/domain/users/sessions.js';
import type { SessionStore } from '../../src/domain/users/session-store.js';
import type { Viewer } from '../../src/domain/users/user.js';
import { watchSession, type WatchEnd } from '../../src/domain/users/watch-session.js';
import { type AccountNeeds, type Accounts, accountsOfThisFile } from '../kit/accounts.js';

const openAccounts = accountsOfThisFile();
let accounts: Accounts;
let owner: Viewer;
let ada: Viewer;
const stops: (() => void)[] = [];

beforeEach(async () => {
  accounts = await openAccounts();
  owner = (await accounts.join('owner')).viewer;
  ({ viewer: ada } = await accounts.join('ada'));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await accounts.close();
});

describe('watching a session', () => {
  it('tells when somebody ends it', async () => {
    const ends = watch(ada);
    await ends.firstLook;

    await logout(accounts.needs, ada);

    expect(await ends.first).toBe('SESSION_ENDED');
  });

  it('tells at once if it had ended before', async () => {
    await logoutEverywhere(accounts.needs, ada);

    expect(await watch(ada).first).toBe('SESSION_ENDED');
  });

  it('tells when the user gets another role', async () => {
    const ends = watch(ada);
    await ends.firstLook;

    await setUserRole(accounts.needs, owner, { userId: ada.id, role: 'GUEST' });

    expect(await ends.first).toBe('ROLE_CHANGED');
  });

  it('tells once', async () => {
    const ends = watch(ada);
    await logout(accounts.needs, ada);
    await ends.first;

    accounts.needs.bell.ring(`session:${storedSessionId(ada.sessionId)}`);
    await sleep(20);

    expect(ends.all).toEqual(['SESSION_ENDED']);
  });

  it('tells nothing while the session lives, or after it was stopped', async () => {
    const ends = watch(ada);
    const stopped = watch(ada);
    await Promise.all([ends.firstLook, stopped.firstLook]);
    stopped.stop();
    accounts.needs.bell.ring(`session:${storedSessionId(ada.sessionId)}`);
    await sleep(20);
    expect(ends.all).toEqual([]);

    await logout(accounts.needs, ada);
    await ends.first;

    expect(stopped.all).toEqual([]);
  });
});

describe('the idle end', () => {
  it('is noticed when it comes, and a request in between puts it off', async () => {
    await accounts.close();
    accounts = await openAccounts({ sessionIdleMs: 300 }, systemClock);
    const { viewer, token } = await accounts.join('ada');
    const ends = watch(viewer);
    await sleep(200);
    const lastRequestAt = Date.now();
    await authenticate(accounts.needs, token);

    expect(await ends.first).toBe('SESSION_ENDED');

    expect(Date.now() - lastRequestAt).toBeGreaterThanOrEqual(300);
    expect(Date.now() - lastRequestAt).toBeLessThan(1_300);
  });
});

describe('an outage', () => {
  it('ends nothing, and what happened meanwhile is told after it', async () => {
    const failure = new AppError('SERVICE_UNAVAILABLE', 'Sessions cannot be read.');
    let isDown = true;
    const sessions: SessionStore = Object.create(accounts.needs.sessions, {
      find: { value: (id: string) => (isDown ? Promise.reject(failure) : accounts.needs.sessions.find(id)) },
    });
    const ends = watch(ada, { ...accounts.needs, sessions });

    await logout(accounts.needs, ada);
    await sleep(50);
    expect(ends.all).toEqual([]);
    isDown = false;

    expect(await ends.first).toBe('SESSION_ENDED');
  });
});

/** What was told about a viewer's session: `first` as soon as there is something. */
function watch(viewer: Viewer, needs: AccountNeeds = accounts.needs) {
  const all: WatchEnd[] = [];
  let looked = () => {};
  const firstLook = new Promise<void>((resolve) => (looked = resolve));
  const sessions: SessionStore = Object.create(needs.sessions, {
    find: {
      value: (id: string) => {
        looked();
        return needs.sessions.find(id);
      },
    },
  });
  let stop = () => {};
  const first = new Promise<WatchEnd>((resolve) => {
    stop = watchSession({ ...needs, sessions }, viewer, (why) => {
      all.push(why);
      resolve(why);
    });
  });
  stops.push(stop);
  return { all, first, firstLook, stop };
}
