import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import { AppError, type ErrorCode } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { Secret } from '../../src/base/secret.js';
import type { Needs } from '../../src/domain/needs.js';
import type { AccountSettings } from '../../src/domain/settings.js';
import { authenticate } from '../../src/domain/users/authenticate.js';
import { register } from '../../src/domain/users/register.js';
import type { SessionStore } from '../../src/domain/users/session-store.js';
import type { SignedIn } from '../../src/domain/users/sessions.js';
import type { Viewer } from '../../src/domain/users/user.js';
import { Argon2Hasher } from '../../src/infra/argon2/argon2-hasher.js';
import { LmdbSessionStore } from '../../src/infra/embedded/lmdb-session-store.js';
import { MemoryAttemptLimiter } from '../../src/infra/embedded/memory-attempt-limiter.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { createTokenSigner } from '../../src/infra/jose/jose-token-signer.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoUserStore } from '../../src/infra/mongo/mongo-user-store.js';
import { openDocuments, type Documents } from './documents.js';

export const PASSWORD = 'correct horse battery staple';

/** What the use-cases of accounts need, on the embedded parts, with a clock that the test moves. */
export type Accounts = {
  readonly needs: AccountNeeds;
  readonly documents: Documents;
  /** Lets time pass; nothing waits for it. */
  pass(milliseconds: number): void;
  /** Makes an account with {@link PASSWORD}. Each comes from an address of its own. */
  join(userName: string): Promise<SignedIn & { viewer: Viewer }>;
  close(): Promise<void>;
};

export type AccountNeeds = Pick<
  Needs,
  'users' | 'sessions' | 'passwords' | 'tokens' | 'attempts' | 'bell' | 'clock' | 'newId' | 'log' | 'settings'
>;

const ORDINARY: AccountSettings = {
  registration: 'open',
  defaultRole: 'DEVELOPER',
  ownerCode: null,
  sessionIdleMs: 3_600_000,
  sessionAbsoluteMs: 30 * 24 * 3_600_000,
};

type OpenAccounts = (settings?: Partial<AccountSettings>, ownClock?: Clock) => Promise<Accounts>;

/**
 * For the top of a file: its tests share one database, and each that opens accounts starts with nobody.
 *
 * @returns What opens them. `ownClock` stands in for one that stands still until `pass` is called.
 */
export function accountsOfThisFile(): OpenAccounts {
  let documents: Documents;
  beforeAll(async () => {
    documents = await openDocuments();
  });
  afterAll(() => documents.close());
  return (settings = {}, ownClock) => openAccounts(documents, settings, ownClock);
}

async function openAccounts(
  documents: Documents,
  settings: Partial<AccountSettings>,
  ownClock: Clock | undefined,
): Promise<Accounts> {
  const users = new MongoUserStore(documents.connection);
  await createIndexes(documents.connection);
  await documents.connection.collection('users').deleteMany({});
  const dir = await mkdtemp(join(tmpdir(), 'tomato-accounts-'));
  let now = new Date('2026-01-01T00:00:00Z');
  const clock = ownClock ?? { now: () => now };
  const sessions = new LmdbSessionStore({ dir, clock, log: silentLog });
  const needs: AccountNeeds = {
    users,
    sessions,
    passwords: new Argon2Hasher(),
    tokens: await createTokenSigner(new Secret('a secret for tests, long enough'), clock),
    attempts: new MemoryAttemptLimiter(),
    bell: new MemoryBell(),
    clock,
    newId,
    log: silentLog,
    settings: {
      accounts: { ...ORDINARY, ...settings },
      runs: { maxSteps: 8, maxDurationMs: 60_000, maxActivePerUser: 4 },
      tools: { allowedHosts: [] },
      models: { firstByteTimeoutMs: 1_000, idleTimeoutMs: 1_000 },
      archive: { maxEntriesPerUser: 100, maxBytesPerUser: 1_000_000, maxIndexBytes: 1_000_000, vectorTimeoutMs: 800 },
      uploads: { maxBytes: 1_000_000, maxBytesPerUser: 10_000_000 },
      jobs: { maxActivePerUser: 10 },
    },
  };
  return {
    needs,
    documents,
    pass(milliseconds) {
      now = new Date(now.getTime() + milliseconds);
    },
    async join(userName) {
      const signedIn = await register(needs, `address of ${userName}`, { userName, password: PASSWORD });
      return { ...signedIn, viewer: await authenticate(needs, signedIn.token) };
    },
    async close() {
      await sessions.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** The same store, but for what it does `instead`. */
export function standIn<Store extends object>(store: Store, instead: Partial<Store>): Store {
  return new Proxy(store, {
    get(_, name) {
      if (name in instead) return Reflect.get(instead, name) as unknown;
      const member: unknown = Reflect.get(store, name, store);
      return typeof member === 'function' ? member.bind(store) : member;
    },
  });
}

/** The same sessions, but before one is opened something else happens: what another request does at that moment. */
export function openedAfter(sessions: SessionStore, somethingElse: () => Promise<unknown>): SessionStore {
  return standIn(sessions, {
    async insert(session) {
      await somethingElse();
      await sessions.insert(session);
    },
  });
}

/** Holds that the promise fails with this code, and returns the failure. */
export async function refusal(code: ErrorCode, promise: Promise<unknown>): Promise<AppError> {
  const outcome: unknown = await promise.then(
    (value) => ({ resolvedWith: value }),
    (error: unknown) => error,
  );
  if (!(outcome instanceof AppError)) throw outcome;
  expect(outcome.code).toBe(code);
  return outcome;
}
