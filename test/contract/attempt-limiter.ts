import { randomUUID } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import type { AttemptLimiter, AttemptRule } from '../../src/domain/users/attempt-limiter.js';

const THREE_A_MINUTE: AttemptRule = { attempts: 3, windowMs: 60_000 };

/** What every AttemptLimiter must do. */
export function describeAttemptLimiter(open: () => AttemptLimiter): void {
  it('lets as many attempts through as the rule says, and tells the next when the window ends', async () => {
    const limiter = open();
    const key = newKey();

    const waits = [];
    for (let i = 0; i < 5; i++) waits.push(await limiter.attempt(key, THREE_A_MINUTE));

    expect(waits).toEqual([0, 0, 0, expect.any(Number), expect.any(Number)]);
    for (const wait of waits.slice(3)) expect(wait).toSatisfy((ms: number) => ms > 50_000 && ms <= 60_000);
  });

  it('counts each of many attempts that come at once', async () => {
    const limiter = open();
    const key = newKey();

    const waits = await Promise.all(Array.from({ length: 40 }, () => limiter.attempt(key, THREE_A_MINUTE)));

    expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
  });

  it('counts each key by itself', async () => {
    const limiter = open();
    const once = { attempts: 1, windowMs: 60_000 };
    await limiter.attempt(newKey(), once);

    expect(await limiter.attempt(newKey(), once)).toBe(0);
  });

  it('opens the window at the first attempt, and later ones do not extend it', async () => {
    const limiter = open();
    const key = newKey();
    const rule = { attempts: 1, windowMs: 1_000 };
    const startedAt = performance.now();

    await limiter.attempt(key, rule);
    await vi.waitFor(async () => expect(await limiter.attempt(key, rule)).toBe(0), { timeout: 3_000, interval: 50 });

    expect(performance.now() - startedAt).toSatisfy((ms: number) => ms > 900 && ms < 2_000);
    expect(await limiter.attempt(key, rule)).toBeGreaterThan(0);
  });

  it('takes an attempt back', async () => {
    const limiter = open();
    const key = newKey();
    for (let i = 0; i < 3; i++) await limiter.attempt(key, THREE_A_MINUTE);

    await limiter.takeBack(key);

    expect(await limiter.attempt(key, THREE_A_MINUTE)).toBe(0);
    expect(await limiter.attempt(key, THREE_A_MINUTE)).toBeGreaterThan(0);
  });

  it('takes nothing back where nothing was counted', async () => {
    const limiter = open();
    const key = newKey();
    const once = { attempts: 1, windowMs: 60_000 };

    await limiter.takeBack(key);

    expect(await limiter.attempt(key, once)).toBe(0);
    expect(await limiter.attempt(key, once)).toBeGreaterThan(0);
  });

  it('forgets what it has counted when it forgives', async () => {
    const limiter = open();
    const key = newKey();
    for (let i = 0; i < 5; i++) await limiter.attempt(key, THREE_A_MINUTE);

    await limiter.forgive(key);

    expect(await limiter.attempt(key, THREE_A_MINUTE)).toBe(0);
  });
}

export function newKey(): string {
  return `login:${randomUUID()}`;
}
