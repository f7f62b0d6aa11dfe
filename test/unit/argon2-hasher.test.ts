import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { Argon2Hasher } from '../../src/infra/argon2/argon2-hasher.js';
import { isAlike, median, timeOf } from '../kit/timing.js';

describe('a hash', () => {
  it('is argon2id at 19 MiB and two passes, salted', async () => {
    const hasher = new Argon2Hasher();

    const [one, other] = await Promise.all([hasher.hash('the same'), hasher.hash('the same')]);

    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
  });

  it('fits its password and no other, to the last character', async () => {
    const hasher = new Argon2Hasher();
    const password = `${'🍅'.repeat(127)} `;
    const hash = await hasher.hash(password);

    expect(await hasher.verify(hash, password)).toBe(true);
    expect(await hasher.verify(hash, password.trimEnd())).toBe(false);
    expect(await hasher.verify(hash, `${password}x`)).toBe(false);
  });
});

describe('an account that does not exist', () => {
  it('fits no password, and takes as long as one that does', async () => {
    const hasher = new Argon2Hasher();
    const hash = await hasher.hash('a password');
    const existing: number[] = [];
    const missing: number[] = [];

    for (let i = 0; i < 15; i++) {
      existing.push(await timeOf(() => hasher.verify(hash, 'another password')));
      missing.push(await timeOf(async () => expect(await hasher.verify(null, 'another password')).toBe(false)));
    }

    expect({ existing: median(existing), missing: median(missing) }).toSatisfy(
      (times: { existing: number; missing: number }) => isAlike(times.existing, times.missing),
    );
  });
});

describe('many at once', () => {
  it('leave the event loop free', async () => {
    const hasher = new Argon2Hasher();
    const hashing = Promise.all(Array.from({ length: 20 }, () => hasher.hash('a password')));
    const delays: number[] = [];
    let isDone = false;
    void hashing.then(() => (isDone = true));

    while (!isDone) delays.push((await timeOf(() => sleep(1))) - 1);
    await hashing;

    expect(delays.length).toBeGreaterThan(20);
    expect(median(delays)).toBeLessThan(20);
  });

  it('are refused beyond a limit, rather than kept waiting', async () => {
    const hasher = new Argon2Hasher();

    const outcomes = await Promise.allSettled(
      Array.from({ length: 300 }, () => hasher.verify('no hash', 'fails soon')),
    );

    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    const named = refusals.filter((reason) => reason instanceof AppError);
    expect(named.length).toBeGreaterThan(0);
    expect(new Set(named.map(({ code }) => code))).toEqual(new Set(['SERVICE_UNAVAILABLE']));
    expect(await hasher.verify(null, 'works again')).toBe(false);
  });
});
