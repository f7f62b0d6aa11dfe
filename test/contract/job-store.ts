import { describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { NO_PROGRESS, type Job } from '../../src/domain/jobs/job.js';
import type { ClaimedJob, JobEnd, JobLease, JobStore } from '../../src/domain/jobs/job-store.js';
import { waitingJob } from '../kit/jobs.js';

const AT = new Date('2026-11-02T03:04:05.678Z');
const LATER = new Date(AT.getTime() + 60_000);
const LONG_AFTER = new Date(AT.getTime() + 120_000);

const SUCCEEDED: JobEnd = { status: 'SUCCEEDED', error: null, file: null, finishedAt: LATER };

const jobOf = (more: Partial<Job> = {}): Job => waitingJob({ createdAt: AT, ...more });

const leaseOf = (holder = 'one', until = LATER): JobLease => ({ holder, until });

/** What every JobStore must do. @param open An empty one. */
export function describeJobStore(open: () => Promise<JobStore>): void {
  const opened = async (...jobs: readonly Job[]) => {
    const store = await open();
    for (const job of jobs) expect(await store.insert(job, 10)).toBe('inserted');
    return store;
  };
  const claimed = async (store: JobStore, lease = leaseOf(), now = AT): Promise<ClaimedJob> => {
    const claim = await store.claim(lease, now, []);
    expect(claim).not.toBeNull();
    return claim!;
  };

  describe('keeping', () => {
    it('finds what was put in, and lists it to its owner, newest first', async () => {
      const ownerId = newId('usr');
      const jobs = [jobOf({ ownerId, id: 'job_1' }), jobOf({ ownerId, id: 'job_2' }), jobOf({ ownerId, id: 'job_3' })];
      const store = await opened(...jobs, jobOf());

      expect(await store.find('job_1')).toEqual(jobs[0]);
      expect(await store.find('job_4')).toBeNull();
      expect(await store.list(ownerId, 2, null)).toEqual([jobs[2], jobs[1]]);
      expect(await store.list(ownerId, 2, 'job_2')).toEqual([jobs[0]]);
    });

    it('takes no more than the limit of one owner, however many come at once, until one has ended', async () => {
      const store = await open();
      const ownerId = newId('usr');
      const insert = () => store.insert(jobOf({ ownerId }), 3);

      const outcomes = await Promise.all(Array.from({ length: 8 }, insert));

      expect(outcomes.toSorted()).toEqual([...Array(5).fill('full'), ...Array(3).fill('inserted')]);
      expect(await store.insert(jobOf(), 3)).toBe('inserted');
      const { job, fence } = await claimed(store);
      await store.finish(job.id, fence, SUCCEEDED);
      expect(await insert()).toBe('inserted');
      expect(await insert()).toBe('full');
    });

    it('takes a job once, whether or not there is room for another', async () => {
      const job = jobOf();
      const store = await opened(job);

      expect([await store.insert(job, 10), await store.insert(job, 1)]).toEqual(['exists', 'exists']);
    });

    it('forgets what ended before', async () => {
      const [old, going] = [jobOf(), jobOf()];
      const store = await opened(old, going);
      const { job, fence } = await claimed(store);
      await store.finish(job.id, fence, SUCCEEDED);

      expect(await store.listEndedBefore(LATER, 10, [])).toEqual([]);
      expect((await store.listEndedBefore(LONG_AFTER, 10, [])).map(({ id }) => id)).toEqual([job.id]);
      expect(await store.listEndedBefore(LONG_AFTER, 10, [job.id])).toEqual([]);
      await store.delete(job.id);
      expect(await store.find(job.id)).toBeNull();
    });
  });

  describe('claiming', () => {
    it('gives each job to one, the longest waiting first', async () => {
      const jobs = Array.from({ length: 5 }, (_, place) => jobOf({ createdAt: new Date(AT.getTime() - 5 + place) }));
      const store = await opened(...jobs);

      const first = await claimed(store);
      const rest = await Promise.all(Array.from({ length: 8 }, () => store.claim(leaseOf(), AT, [])));

      expect(first).toEqual({
        job: { ...jobs[0], status: 'RUNNING', startedAt: AT, revision: 1 },
        fence: 1,
        cursor: null,
        attempts: 1,
        isCancelRequested: false,
      });
      const ids = rest.flatMap((claim) => (claim ? [claim.job.id] : []));
      expect(ids.toSorted()).toEqual(
        jobs
          .slice(1)
          .map(({ id }) => id)
          .toSorted(),
      );
    });

    it('lets the jobs of busy owners wait', async () => {
      const job = jobOf();
      const store = await opened(job);

      expect(await store.claim(leaseOf(), AT, [job.ownerId])).toBeNull();
      expect(await store.claim(leaseOf(), AT, [newId('usr')])).not.toBeNull();
    });

    it('takes over where a lease has ended, with what was saved, and refuses what the old holder writes then', async () => {
      const store = await opened(jobOf());
      const { job, fence } = await claimed(store);
      const progress = { done: 3, total: 9, entries: 2, problems: [{ line: 4, message: 'odd' }] };
      expect(await store.saveProgress(job.id, fence, progress, { at: 3 })).toBe(true);
      expect(await store.claim(leaseOf('two'), AT, [])).toBeNull();

      const taken = await claimed(store, leaseOf('two', LONG_AFTER), new Date(LATER.getTime() + 1));

      expect(taken).toMatchObject({ fence: 2, cursor: { at: 3 }, attempts: 1, job: { ...progress, startedAt: AT } });
      expect(await store.saveProgress(job.id, fence, NO_PROGRESS, null)).toBe(false);
      expect(await store.release(job.id, fence, AT, true)).toBe(false);
      expect(await store.finish(job.id, fence, SUCCEEDED)).toBe(false);
      expect(await store.finish(job.id, taken.fence, SUCCEEDED)).toBe(true);
    });

    it('counts the claims since there was any progress that can be gone on from', async () => {
      const store = await opened(jobOf());
      const again = async (save: (claim: ClaimedJob) => Promise<unknown> = async () => undefined, isAttempt = true) => {
        const claim = await claimed(store);
        await save(claim);
        await store.release(claim.job.id, claim.fence, AT, isAttempt);
        return claim.attempts;
      };

      const counts = [
        await again(),
        await again(({ job, fence }) => store.saveProgress(job.id, fence, NO_PROGRESS, null)),
        await again(({ job, fence }) => store.saveProgress(job.id, fence, NO_PROGRESS, { at: 1 })),
        await again(undefined, false),
        await again(),
      ];

      expect(counts).toEqual([1, 2, 3, 1, 1]);
    });

    it('leaves what was released until its time has come', async () => {
      const store = await opened(jobOf());
      const { job, fence } = await claimed(store);

      expect(await store.release(job.id, fence, LATER, true)).toBe(true);

      expect(await store.find(job.id)).toMatchObject({ status: 'QUEUED', revision: 2 });
      expect(await store.renew(leaseOf('one', LONG_AFTER), [job.id])).toEqual({ held: [], cancelled: [] });
      expect(await store.claim(leaseOf(), AT, [])).toBeNull();
      expect(await store.claim(leaseOf(), LATER, [])).not.toBeNull();
    });

    it('puts back all that is driven when nobody is left who could drive it', async () => {
      const store = await opened(jobOf(), jobOf());
      const { job, fence } = await claimed(store, leaseOf('gone', LONG_AFTER));
      await store.saveProgress(job.id, fence, NO_PROGRESS, { at: 1 });

      await store.releaseAll(AT);

      expect(await store.find(job.id)).toMatchObject({ status: 'QUEUED' });
      expect([await claimed(store), await claimed(store)].map((claim) => claim.cursor)).toContainEqual({ at: 1 });
      expect(await store.finish(job.id, fence, SUCCEEDED)).toBe(false);
    });

    it('renews the leases of those that are still held', async () => {
      const store = await opened(jobOf(), jobOf());
      const [first, second] = [await claimed(store), await claimed(store)];
      const ids = [first.job.id, second.job.id];
      const afterLease = new Date(LATER.getTime() + 1);
      await store.finish(second.job.id, second.fence, SUCCEEDED);

      expect(await store.renew(leaseOf('two', LONG_AFTER), ids)).toEqual({ held: [], cancelled: [] });
      expect(await store.renew(leaseOf('one', LONG_AFTER), ids)).toEqual({ held: [first.job.id], cancelled: [] });

      expect(await store.claim(leaseOf('two'), afterLease, [])).toBeNull();
    });
  });

  describe('ending', () => {
    it('keeps how it ended, once', async () => {
      const store = await opened(jobOf());
      const { job, fence } = await claimed(store);
      const error = {
        code: 'INVALID_INPUT',
        message: 'No.',
        field: null,
        reason: 'EMPTY',
        isRetryable: false,
      } as const;
      const file = { key: 'a/b', fileName: 'b', mediaType: 'text/plain', bytes: 1, until: LATER };

      expect(await store.finish(job.id, fence, { status: 'FAILED', error, file, finishedAt: LATER })).toBe(true);

      expect(await store.find(job.id)).toEqual({
        ...job,
        status: 'FAILED',
        error,
        file,
        finishedAt: LATER,
        revision: 2,
      });
      expect(await store.finish(job.id, fence, SUCCEEDED)).toBe(false);
      expect(await store.claim(leaseOf(), LONG_AFTER, [])).toBeNull();
    });

    it('counts as written when the answer to the first try was lost', async () => {
      const store = await opened(jobOf());
      const { job, fence } = await claimed(store);
      await store.finish(job.id, fence, SUCCEEDED);

      expect(await store.finish(job.id, fence, SUCCEEDED)).toBe(true);
      expect(await store.finish(newId('job'), fence, SUCCEEDED)).toBe(false);
    });

    it('cancels at once what waits, tells the holder of what is driven, and leaves what has ended', async () => {
      const [driven, waiting] = [jobOf({ createdAt: new Date(0) }), jobOf()];
      const store = await opened(driven, waiting);
      const { fence } = await claimed(store);

      await store.requestCancel(driven.id, LATER);
      await store.requestCancel(waiting.id, LATER);

      expect(await store.find(waiting.id)).toMatchObject({ status: 'CANCELLED', finishedAt: LATER });
      expect(await store.find(driven.id)).toMatchObject({ status: 'RUNNING', finishedAt: null });
      expect(await store.isCancelRequested(driven.id)).toBe(true);
      expect(await store.renew(leaseOf(), [driven.id])).toEqual({ held: [driven.id], cancelled: [driven.id] });
      expect(await store.claim(leaseOf('two'), LONG_AFTER, [])).toMatchObject({ isCancelRequested: true });
      expect(await store.finish(driven.id, fence + 1, SUCCEEDED)).toBe(true);
      await store.requestCancel(driven.id, LATER);
      expect(await store.find(driven.id)).toMatchObject({ status: 'SUCCEEDED' });
    });
  });
}
