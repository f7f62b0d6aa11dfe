import { expect, it } from 'vitest';
import type { Attempt, IdempotencyStore } from '../../src/domain/idempotency/idempotency-store.js';

const AT = new Date('2026-11-02T03:04:05.678Z');
const LATER = new Date('2026-11-02T03:05:05.678Z');

const attemptOf = (more: Partial<Attempt> = {}): Attempt => ({
  id: 'key-1',
  fingerprint: 'print-1',
  holder: 'first',
  leaseUntil: AT,
  answer: null,
  // Far ahead: it must outlive the test, whose clock MongoDB does not know.
  forgetAt: new Date('2999-01-01T00:00:00Z'),
  ...more,
});

/** What every IdempotencyStore must do. @param open An empty one. */
export function describeIdempotencyStore(open: () => Promise<IdempotencyStore>): void {
  it('begins an attempt once, and shows it to whoever comes later', async () => {
    const store = await open();
    const first = attemptOf();

    expect(await store.claim(first)).toEqual(first);

    expect(await store.claim(attemptOf({ holder: 'second', fingerprint: 'print-2', leaseUntil: LATER }))).toEqual(
      first,
    );
    const other = attemptOf({ id: 'key-2', holder: 'second' });
    expect(await store.claim(other)).toEqual(other);
  });

  it('begins one of many that are claimed at once', async () => {
    const store = await open();
    const attempts = Array.from({ length: 20 }, (_, place) => attemptOf({ holder: `holder-${place}` }));

    const begun = await Promise.all(attempts.map((attempt) => store.claim(attempt)));

    expect(new Set(begun.map(({ holder }) => holder)).size).toBe(1);
    expect(attempts).toContainEqual(begun[0]);
  });

  it('keeps an answer as it is, and a lease', async () => {
    const store = await open();
    await store.claim(attemptOf());
    const answer = JSON.stringify({ data: { title: '제목 없음 "\\u0000"' }, large: 'x'.repeat(256 * 1024) });

    await store.renew(attemptOf(), LATER);
    expect(await store.claim(attemptOf({ holder: 'second' }))).toEqual(attemptOf({ leaseUntil: LATER }));

    await store.keep(attemptOf(), answer);
    expect(await store.claim(attemptOf({ holder: 'second' }))).toEqual(attemptOf({ leaseUntil: LATER, answer }));
  });

  it('lets another begin what was released', async () => {
    const store = await open();
    await store.claim(attemptOf());

    await store.release(attemptOf());

    const second = attemptOf({ holder: 'second', fingerprint: 'print-2' });
    expect(await store.claim(second)).toEqual(second);
  });

  it('leaves what somebody else holds as it is', async () => {
    const store = await open();
    const stranger = attemptOf({ holder: 'stranger' });
    await store.claim(attemptOf());

    await store.renew(stranger, LATER);
    await store.keep(stranger, 'an answer');
    await store.release(stranger);

    expect(await store.claim(stranger)).toEqual(attemptOf());
  });

  it('has nothing to say about what is not there', async () => {
    const store = await open();

    await store.renew(attemptOf(), LATER);
    await store.keep(attemptOf(), 'an answer');
    await store.release(attemptOf());

    expect(await store.claim(attemptOf())).toEqual(attemptOf());
  });
}
