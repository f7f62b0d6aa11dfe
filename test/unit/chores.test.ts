import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLog, type Log } from '../../src/base/log.js';
import { startChores } from '../../src/domain/jobs/chores.js';

const TEN_MINUTES = 600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('chores are done every ten minutes, also after some that fail, or throw before they begin', async () => {
  const warn = vi.fn<Log['warn']>();
  const good = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const bad = () => Promise.reject(new Error('no'));
  const worse = () => {
    throw new Error('not even that');
  };
  const stop = startChores({ ...silentLog, warn }, { bad, worse, good });

  await vi.advanceTimersByTimeAsync(3 * TEN_MINUTES);

  expect([good.mock.calls.length, warn.mock.calls.length]).toEqual([3, 6]);
  await stop();
});

it('stopping waits for the chores that are under way, and no others are begun', async () => {
  let finish!: () => void;
  const slow = vi.fn<() => Promise<void>>(() => new Promise((resolve) => (finish = resolve)));
  const stop = startChores(silentLog, { slow });
  await vi.advanceTimersByTimeAsync(TEN_MINUTES);

  let hasStopped = false;
  const stopped = stop().then(() => (hasStopped = true));
  await vi.advanceTimersByTimeAsync(2 * TEN_MINUTES);

  expect(hasStopped).toBe(false);
  finish();
  await stopped;
  expect(slow).toHaveBeenCalledTimes(1);
});
