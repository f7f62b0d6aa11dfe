import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { silentLog } from '../../src/base/log.js';
import type { IdempotencyStore } from '../../src/domain/idempotency/idempotency-store.js';
import { once, type Keyed, type Outcome } from '../../src/domain/idempotency/once.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoIdempotencyStore } from '../../src/infra/mongo/mongo-idempotency-store.js';
import { refusal } from '../kit/accounts.js';
import { openDocuments, type Documents } from '../kit/documents.js';

const LEASE_MS = 30_000;

let documents: Documents;
let store: MongoIdempotencyStore;
beforeAll(async () => {
  documents = await openDocuments();
  store = new MongoIdempotencyStore(documents.connection);
  await createIndexes(documents.connection);
});
afterAll(() => documents.close());
afterEach(() => void vi.useRealTimers());

/** Today, since MongoDB deletes what is over by its own clock. */
let now: Date;
let asked: Keyed;
beforeEach(() => {
  now = new Date();
  asked = { userId: 'usr_1', key: crypto.randomUUID(), request: 'a request' };
});

const pass = (milliseconds: number) => {
  now = new Date(now.getTime() + milliseconds);
};

const needs = (more: Partial<IdempotencyStore> = {}) => ({
  clock: { now: () => now },
  log: silentLog,
  idempotency: {
    claim: store.claim.bind(store),
    renew: store.renew.bind(store),
    keep: store.keep.bind(store),
    release: store.release.bind(store),
    ...more,
  } satisfies IdempotencyStore,
});

/** An act that counts how often it is done. */
function counted(done: Outcome['done'] = 'something') {
  let times = 0;
  return vi.fn<() => Promise<Outcome>>(async () => ({ answer: `answer ${++times}`, done }));
}

/** Something that a test waits for. */
function news() {
  let tell = (): void => {};
  const told = new Promise<void>((resolve) => (tell = resolve));
  return { told, tell };
}

/** An act that goes on until it is told to end. */
function slow() {
  const [begun, ended] = [news(), news()];
  const act = async (): Promise<Outcome> => {
    begun.tell();
    await ended.told;
    return { answer: 'the end', done: 'something' };
  };
  return { act, begun: begun.told, end: ended.tell };
}

const outage = () => Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'The database does not answer.'));

const again = (act = counted()) => once(needs(), asked, act);

describe('what is asked under a key', () => {
  it('is done once, and answered alike for a day', async () => {
    const act = counted();

    const first = await again(act);
    pass(24 * 3_600_000);

    expect(await again(act)).toBe(first);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it('waits for whoever began it', async () => {
    const { act, begun, end } = slow();
    const first = once(needs(), asked, act);
    await begun;
    const second = again();

    end();

    expect(await Promise.all([first, second])).toEqual(['the end', 'the end']);
  });

  it('is not another request', async () => {
    await again();

    const { details } = await refusal('CONFLICT', once(needs(), { ...asked, request: 'another' }, counted()));

    expect(details).toEqual({ field: 'idempotencyKey', reason: 'KEY_REUSED' });
  });

  it('has nothing to do with what another user asks under it', async () => {
    await again();
    const act = counted();

    expect(await once(needs(), { ...asked, userId: 'usr_2', request: 'another' }, act)).toBe('answer 1');
    expect(act).toHaveBeenCalledTimes(1);
  });

  it('may be asked again if nothing was done, and then be something else', async () => {
    expect(await again(counted('nothing'))).toBe('answer 1');
    const act = counted();

    await once(needs(), { ...asked, request: 'another' }, act);

    expect(act).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['it is in doubt whether it was done', async () => ({ answer: 'who knows', done: 'doubt' as const })],
    ['its answer is too large to be kept', async () => ({ answer: '가'.repeat(100_000), done: 'something' as const })],
  ])('is not done again if %s', async (_, act) => {
    expect(await once(needs(), asked, act)).toBe((await act()).answer);
    const second = counted();

    const { details } = await refusal('CONFLICT', again(second));

    expect(details).toEqual({ field: 'idempotencyKey', reason: 'OUTCOME_UNKNOWN' });
    expect(second).not.toHaveBeenCalled();
  });
});

describe('whoever carries it out', () => {
  it('is taken for lost when its lease is over, and nobody takes over from it', async () => {
    const { act, begun, end } = slow();
    const lost = once(needs(), asked, act);
    await begun;
    pass(LEASE_MS);
    const second = counted();

    const { details } = await refusal('CONFLICT', again(second));

    expect(details).toEqual({ field: 'idempotencyKey', reason: 'OUTCOME_UNKNOWN' });
    expect(second).not.toHaveBeenCalled();
    end();
    await lost;
    expect(await again(second)).toBe('the end');
  });

  it('begins nothing if it was taken for lost before it could begin', async () => {
    const act = counted();
    const frozen = needs({
      async claim(attempt) {
        const begun = await store.claim(attempt);
        pass(LEASE_MS);
        return begun;
      },
    });

    const { details } = await refusal('CONFLICT', once(frozen, asked, act));

    expect(details).toEqual({ field: 'idempotencyKey', reason: 'OUTCOME_UNKNOWN' });
    expect((await refusal('CONFLICT', again(act))).details).toEqual(details);
    expect(act).not.toHaveBeenCalled();
  });

  it('is taken for lost if a bug ends it, and lets go of its timer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const bug = new Error('The answer could not be written.');
    const second = counted();

    await expect(once(needs(), asked, () => Promise.reject(bug))).rejects.toBe(bug);
    pass(LEASE_MS);
    const { details } = await refusal('CONFLICT', again(second));

    expect(details).toEqual({ field: 'idempotencyKey', reason: 'OUTCOME_UNKNOWN' });
    expect(second).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is still there for as long as it renews its lease', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { act, begun, end } = slow();
    const renewed = news();
    const renew: IdempotencyStore['renew'] = async (...args) => {
      await store.renew(...args);
      renewed.tell();
    };
    const first = once(needs({ renew }), asked, act);
    await begun;

    pass(LEASE_MS - 1_000);
    vi.advanceTimersByTime(LEASE_MS / 3);
    await renewed.told;
    pass(2_000);
    const second = again();
    end();

    expect(await Promise.all([first, second])).toEqual(['the end', 'the end']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not waited for without an end', async () => {
    const { act, begun, end } = slow();
    const first = once(needs(), asked, act);
    await begun;

    const { details } = await refusal('CONFLICT', again());

    expect(details).toEqual({
      field: 'idempotencyKey',
      reason: 'STILL_RUNNING',
      isRetryable: true,
      retryAfterMs: 1_000,
    });
    end();
    await first;
  }, 15_000);
});

describe('while the database is away', () => {
  it('begins nothing, and takes back a claim that may have been written', async () => {
    const released = news();
    const act = counted();
    const broken = needs({
      async claim(attempt) {
        await store.claim(attempt);
        return outage();
      },
      async release(held) {
        await store.release(held);
        released.tell();
      },
    });

    await refusal('SERVICE_UNAVAILABLE', once(broken, asked, act));
    expect(act).not.toHaveBeenCalled();
    await released.told;

    expect(await again(act)).toBe('answer 1');
  });

  it('answers what was done, and keeps that when the database is back', async () => {
    const kept = news();
    const act = counted();
    let isAway = true;
    const broken = needs({
      async keep(held, answer) {
        if (isAway) return outage();
        await store.keep(held, answer);
        kept.tell();
      },
    });

    expect(await once(broken, asked, act)).toBe('answer 1');
    isAway = false;
    await kept.told;

    expect(await again(act)).toBe('answer 1');
    expect(act).toHaveBeenCalledTimes(1);
  });
});
