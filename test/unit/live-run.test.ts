import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import { LiveRun, SEQ_BLOCK } from '../../src/domain/runs/live-run.js';
import type { Run } from '../../src/domain/runs/run.js';
import type { RunTail } from '../../src/domain/runs/run-log.js';

/** A run whose attempts to reserve numbers end as `attempts` say, in this order, and well after that. */
function liveRun(...attempts: (boolean | Error)[]) {
  const asked: number[] = [];
  const reserveSeq = (_id: string, _fence: number, upTo: number) => {
    asked.push(upTo);
    const attempt = attempts.shift() ?? true;
    return attempt instanceof Error ? Promise.reject(attempt) : Promise.resolve(attempt);
  };
  const needs = { runs: { reserveSeq }, clock: systemClock, log: silentLog };
  type Parts = ConstructorParameters<typeof LiveRun>;
  const live = new LiveRun(needs as unknown as Parts[0], { id: 'run_a' } as Run, 1, {} as RunTail);
  return { live, asked };
}

const takeNumbers = async (live: LiveRun, count: number): Promise<number> => {
  let last = 0;
  for (let i = 0; i < count; i++) last = await live.nextSeq();
  return last;
};

it('reserves the next block of numbers before the last one is used up, once', async () => {
  const { live, asked } = liveRun();

  expect(await takeNumbers(live, SEQ_BLOCK + 1)).toBe(SEQ_BLOCK + 1);

  expect(asked).toEqual([2 * SEQ_BLOCK]);
});

it('goes on where a block could not be reserved ahead of time, and tries again', async () => {
  const { live, asked } = liveRun(new Error('once'), new Error('twice'));

  expect(await takeNumbers(live, SEQ_BLOCK + 1)).toBe(SEQ_BLOCK + 1);

  expect(asked).toEqual([2 * SEQ_BLOCK, 2 * SEQ_BLOCK, 2 * SEQ_BLOCK]);
});

it('fails the event that has no number, and none before it', async () => {
  const { live } = liveRun(...Array.from({ length: 10_000 }, () => new Error('never')));

  expect(await takeNumbers(live, SEQ_BLOCK)).toBe(SEQ_BLOCK);

  await expect(live.nextSeq()).rejects.toThrow('never');
});

it('stops a run that somebody else has taken over', async () => {
  const { live } = liveRun(false);

  await takeNumbers(live, SEQ_BLOCK + 1);

  expect(live.signal.reason).toMatchObject({ why: 'TAKEN_OVER' });
});
