import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/base/log.js';
import { Checkpoints } from '../../src/domain/runs/checkpoints.js';
import type { LiveRun } from '../../src/domain/runs/live-run.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('begins each round when it is due, however long the one before took', async () => {
  const begun: number[] = [];
  const messages = {
    saveDrafts: async () => {
      begun.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, 400));
    },
  };
  const live = { isEnding: false, draft: () => ({}) } as unknown as LiveRun;
  const checkpoints = new Checkpoints({ messages: messages as never, log: silentLog });
  const from = performance.now();

  const writing = setInterval(() => checkpoints.mark(live), 50);
  await vi.advanceTimersByTimeAsync(2_500);
  clearInterval(writing);

  expect(begun.map((at) => at - from)).toEqual([650, 1_250, 1_850, 2_450]);
});
