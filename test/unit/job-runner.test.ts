import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { pause } from '../../src/base/retry.js';
import { isEnded, NO_PROGRESS, type Job } from '../../src/domain/jobs/job.js';
import { JobRunner } from '../../src/domain/jobs/job-runner.js';
import type { JobStop, JobTask, JobWork, JobWorks } from '../../src/domain/jobs/job-task.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoJobStore } from '../../src/infra/mongo/mongo-job-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { waitingJob } from '../kit/jobs.js';

const HOUR_MS = 3_600_000;

let documents: Documents;
let now: Date;
const clock = { now: () => now };
beforeAll(async () => {
  documents = await openDocuments();
});
afterAll(() => documents.close());
beforeEach(() => {
  now = new Date('2026-01-01T00:00:00Z');
});

async function openNeeds() {
  const jobs = new MongoJobStore(documents.connection);
  await createIndexes(documents.connection);
  await documents.connection.collection('jobs').deleteMany({});
  return { jobs, bell: new MemoryBell(), log: silentLog, clock };
}

type Needs = Awaited<ReturnType<typeof openNeeds>>;

const jobOf = (more: Partial<Job> = {}): Job => waitingJob({ createdAt: now, ...more });

/** Every job is done in this way. */
function worksOf(run: JobWork['run']): JobWorks {
  const work = { run, clear: () => Promise.resolve() } as JobWork;
  return { IMPORT_DOCUMENT: work, IMPORT_ARCHIVE: work, EXPORT_ARCHIVE: work } as JobWorks;
}

/** Does one job, letting an hour pass whenever it waits for another attempt. */
async function doJob({ jobs, ...needs }: Needs, run: JobWork['run']): Promise<Job> {
  const job = jobOf();
  await jobs.insert(job, 10);
  const runner = new JobRunner({ jobs, ...needs }, worksOf(run));
  await expect
    .poll(async () => {
      now = new Date(now.getTime() + HOUR_MS);
      runner.wake();
      return isEnded((await jobs.find(job.id))!);
    })
    .toBe(true);
  await runner.drain();
  return (await jobs.find(job.id))!;
}

describe('a job that meets a failure', () => {
  it('of ours is tried again, and given up in the end, so that it stops no server for ever', async () => {
    let attempts = 0;

    const job = await doJob(await openNeeds(), () => {
      attempts += 1;
      throw new TypeError('a bug');
    });

    expect(attempts).toBe(5);
    expect(job).toMatchObject({ status: 'FAILED', error: { code: 'INTERNAL', isRetryable: true } });
    expect(job.error?.message).not.toContain('bug');
  });

  it('of a service is tried again until that is back', async () => {
    let attempts = 0;

    const job = await doJob(await openNeeds(), async () => {
      attempts += 1;
      if (attempts < 9) throw new AppError('SERVICE_UNAVAILABLE', 'The database does not answer.');
      return null;
    });

    expect([attempts, job.status, job.error]).toEqual([9, 'SUCCEEDED', null]);
  });

  it('with a name ends with it, at once', async () => {
    let attempts = 0;

    const job = await doJob(await openNeeds(), () => {
      attempts += 1;
      throw new AppError('INVALID_INPUT', 'No.', { field: 'uploadId', reason: 'EMPTY' });
    });

    expect(attempts).toBe(1);
    expect(job.error).toEqual({
      code: 'INVALID_INPUT',
      message: 'No.',
      field: 'uploadId',
      reason: 'EMPTY',
      isRetryable: false,
    });
  });

  it('again and again although it gets on is not given up', async () => {
    let attempts = 0;

    const job = await doJob(await openNeeds(), async (task) => {
      attempts += 1;
      const at = Number(task.cursor?.['at'] ?? 0) + 1;
      await task.save({ ...NO_PROGRESS, done: at }, { at });
      if (at < 9) throw new Error('unlucky');
      return null;
    });

    expect([attempts, job.status, job.done]).toEqual([9, 'SUCCEEDED', 9]);
  });
});

it('does the jobs of one user one after the other, and two users side by side', async () => {
  const needs = await openNeeds();
  const [ada, bob] = [newId('usr'), newId('usr')];
  const jobs = [jobOf({ ownerId: ada }), jobOf({ ownerId: ada }), jobOf({ ownerId: bob })];
  for (const job of jobs) await needs.jobs.insert(job, 10);
  const running = new Set<string>();
  const seen: string[][] = [];
  let open!: () => void;
  const bothRun = new Promise<void>((resolve) => (open = resolve));
  const runner = new JobRunner(
    needs,
    worksOf(async ({ job }) => {
      running.add(job.ownerId === ada ? 'ada' : 'bob');
      seen.push([...running].toSorted());
      if (running.size === 2) open();
      await bothRun;
      running.delete(job.ownerId === ada ? 'ada' : 'bob');
      return null;
    }),
  );

  runner.wake();

  await expect
    .poll(async () => Promise.all(jobs.map(async ({ id }) => (await needs.jobs.find(id))?.status)))
    .toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  expect(seen.slice(0, 2)).toEqual([['ada'], ['ada', 'bob']]);
  await runner.drain();
});

it('gives back what it does when it is to stop', async () => {
  const needs = await openNeeds();
  const job = jobOf();
  await needs.jobs.insert(job, 10);
  const runner = new JobRunner(
    needs,
    worksOf(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
    ),
  );
  runner.wake();
  await expect.poll(async () => (await needs.jobs.find(job.id))?.status).toBe('RUNNING');

  await runner.drain();

  expect(await needs.jobs.find(job.id)).toMatchObject({ status: 'QUEUED' });
  expect(await needs.jobs.claim({ holder: 'another', until: now }, now, [])).toMatchObject({ job: { id: job.id } });
});

it('gives back what it is just about to begin when it is to stop', async () => {
  const needs = await openNeeds();
  const job = jobOf();
  await needs.jobs.insert(job, 10);
  let claim!: () => void;
  const mayClaim = new Promise<void>((resolve) => (claim = resolve));
  const claimed = needs.jobs.claim.bind(needs.jobs);
  vi.spyOn(needs.jobs, 'claim').mockImplementation((...asked) => mayClaim.then(() => claimed(...asked)));
  let hasStopped = false;
  const runner = new JobRunner(
    needs,
    worksOf(({ signal }) =>
      pause(HOUR_MS, signal)
        .then(() => null)
        .finally(() => (hasStopped = true)),
    ),
  );
  runner.wake();

  const drained = runner.drain();
  claim();
  await drained;

  expect([hasStopped, (await needs.jobs.find(job.id))?.status]).toEqual([true, 'QUEUED']);
});

describe('whoever does a job', () => {
  afterEach(() => void vi.useRealTimers());

  it.each<[string, JobStop['why'], (jobs: Needs['jobs'], id: string) => Promise<unknown>]>([
    ['it is to be cancelled, though no bell has rung', 'CANCELLED', (jobs, id) => jobs.requestCancel(id, now)],
    [
      'another process has taken it over',
      'TAKEN_OVER',
      (jobs) => jobs.claim({ holder: 'another', until: now }, new Date(now.getTime() + HOUR_MS), []),
    ],
  ])('hears that %s when the leases are renewed', async (_, why, happen) => {
    const needs = await openNeeds();
    const job = jobOf();
    await needs.jobs.insert(job, 10);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let stop!: (stop: JobStop) => void;
    const stopped = new Promise<JobStop>((resolve) => (stop = resolve));
    const works = worksOf(
      ({ signal }) =>
        new Promise((__, reject) =>
          signal.addEventListener('abort', () => {
            stop(signal.reason as JobStop);
            reject(signal.reason);
          }),
        ),
    );
    const runner = new JobRunner(needs, works);
    const live = new Promise<void>((resolve) => needs.bell.listen(`job:${job.id}`, resolve));
    await runner.start({ isAlone: false });
    await live;

    await happen(needs.jobs, job.id);
    await vi.advanceTimersByTimeAsync(2_500);

    expect((await stopped).why).toBe(why);
    await runner.drain();
  });
});

describe('a job that another process has taken over', () => {
  it.each<[string, boolean, (task: JobTask) => Promise<void>]>([
    ['would tell how far it is', false, (task) => task.save(NO_PROGRESS, { at: 1 })],
    ['is done with it', true, async () => undefined],
  ])('is left to that one when this one %s', async (_, goesOn, act) => {
    const needs = await openNeeds();
    const job = jobOf();
    await needs.jobs.insert(job, 10);
    let hasGoneOn = false;
    let end!: () => void;
    const hasEnded = new Promise<void>((resolve) => (end = resolve));
    const works = worksOf(async (task) => {
      now = new Date(now.getTime() + HOUR_MS);
      await needs.jobs.claim({ holder: 'another', until: new Date(now.getTime() + HOUR_MS) }, now, []);
      await act(task).finally(end);
      hasGoneOn = true;
      return null;
    });
    const clear = vi.spyOn(works.EXPORT_ARCHIVE, 'clear');
    const runner = new JobRunner(needs, works);

    runner.wake();
    await hasEnded;
    await runner.drain();

    expect(hasGoneOn).toBe(goesOn);
    expect((await needs.jobs.find(job.id))?.status).toBe('RUNNING');
    expect(clear).not.toHaveBeenCalled();
  });
});
