import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { withDeadline } from '../../src/base/deadline.js';
import { collectGarbage } from '../kit/garbage.js';

const never = new AbortController().signal;
const untilAborted = (signal: AbortSignal) => sleep(10_000, undefined, { signal });

it('stops what takes too long, also where memory was collected meanwhile', async () => {
  setTimeout(collectGarbage, 10);

  await expect(withDeadline(50, never, untilAborted)).rejects.toMatchObject({ cause: { name: 'TimeoutError' } });
});

it('stops with the other signal, and by its reason', async () => {
  const outer = new AbortController();
  setTimeout(() => outer.abort('stopped'), 10);

  await expect(withDeadline(10_000, outer.signal, untilAborted)).rejects.toMatchObject({ cause: 'stopped' });
});

it('begins stopped where the other signal is', async () => {
  const reason = await withDeadline(10_000, AbortSignal.abort('stopped'), (signal) => Promise.resolve(signal.reason));

  expect(reason).toBe('stopped');
});

it('leaves no timer behind, whether it answers or fails', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());

  await expect(withDeadline(100, never, () => Promise.resolve('answer'))).resolves.toBe('answer');
  await expect(withDeadline(100, never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');

  expect(vi.getTimerCount()).toBe(0);
});
