import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import { silentLog, type Log } from '../../src/base/log.js';
import { pause } from '../../src/base/retry.js';
import { forgetJobs } from '../../src/domain/jobs/forget-jobs.js';
import { isEnded, NO_PROGRESS, type Job } from '../../src/domain/jobs/job.js';
import { JobRunner } from '../../src/domain/jobs/job-runner.js';
import { followJob } from '../../src/domain/jobs/jobs.js';
import type { JobStop, JobTask, JobWork, JobWorks } from '../../src/domain/jobs/job-task.js';
import type { Upload } from '../../src/domain/uploads/upload.js';
import { createUpload, sweepUploads } from '../../src/domain/uploads/uploads.js';
import { FolderBlobStore } from '../../src/infra/embedded/folder-blob-store.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoJobStore } from '../../src/infra/mongo/mongo-job-store.js';
import { MongoUploadStore } from '../../src/infra/mongo/mongo-upload-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';

const HOUR_MS = 3_600_000;

let documents: Documents;
let dir: string;
let now: Date;
const clock = { now: () => now };
beforeAll(async () => {
  documents = await openDocuments();
  dir = await mkdtemp(join(tmpdir(), 'tomato-jobs-'));
});
afterAll(async () => {
  await documents.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  now = new Date('2026-01-01T00:00:00Z');
});

async function openNeeds() {
  const jobs = new MongoJobStore(documents.connection);
  const uploads = new MongoUploadStore(documents.connection);
  await createIndexes(documents.connection);
  await documents.connection.collection('jobs').deleteMany({});
  const blobs = await FolderBlobStore.open({
    dir,
    addressKey: Buffer.alloc(32),
    publicUrl: null,
    clock,
    log: silentLog,
  });
  return { jobs, uploads, blobs, bell: new MemoryBell(), log: silentLog, clock };
}

type Needs = Awaited<ReturnType<typeof openNeeds>>;

const jobOf = (more: Partial<Job> = {}): Job => ({
  id: newId('job'),
  ownerId: newId('usr'),
  input: { kind: 'EXPORT_ARCHIVE', format: 'JSONL', category: null },
  status: 'QUEUED',
  ...NO_PROGRESS,
  error: null,
  file: null,
  revision: 0,
  createdAt: now,
  startedAt: null,
  finishedAt: null,
  ...more,
});

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

describe('what nobody needs any more', () => {
  it('is deleted: uploads after a day, with their objects', async () => {
    const needs = await openNeeds();
    const settings = { uploads: { maxBytes: 10, maxBytesPerUser: 100 } };
    const viewer = { id: newId('usr'), role: 'DEVELOPER' } as const;
    const file = { fileName: 'a.txt', mediaType: 'text/plain', bytes: 1, purpose: 'DOCUMENT' } as const;
    const upload = async () => {
      const { id } = await createUpload({ ...needs, newId, settings: settings as never }, viewer, file);
      const { key } = (await needs.uploads.find(id))!;
      await needs.blobs.put(key, Readable.from([Buffer.from('x')]), { mediaType: 'text/plain', maxBytes: 1 });
      return { id, key };
    };
    const old = await upload();
    now = new Date(now.getTime() + 20 * HOUR_MS);
    const young = await upload();
    now = new Date(now.getTime() + 5 * HOUR_MS);

    await sweepUploads(needs);

    const left = await Promise.all(
      [old, young].map(async ({ id, key }) => [await needs.uploads.find(id), await needs.blobs.stat(key)]),
    );
    expect(left).toEqual([
      [null, null],
      [expect.objectContaining(young), { bytes: 1, mediaType: 'text/plain' }],
    ]);
  });

  it('is deleted but for what cannot be, however much that is', async () => {
    const needs = await openNeeds();
    const old = new Date(now.getTime() - 80 * HOUR_MS);
    const waiting = Array.from({ length: 51 }, (_, place): Upload => ({
      id: newId('upl'),
      ownerId: newId('usr'),
      purpose: 'DOCUMENT',
      fileName: 'a',
      mediaType: 'text/plain',
      bytes: 1,
      key: place < 50 ? 'torn' : 'whole',
      jobId: null,
      createdAt: new Date(old.getTime() + place),
    }));
    for (const upload of waiting) await needs.uploads.insert(upload, { files: 100, bytes: 100 });
    const ended = waiting.map(({ key, createdAt }) => ({ ...jobOf({ createdAt }), key }));
    for (const { key, ...job } of ended) {
      await needs.jobs.insert(job, 1);
      const { fence } = (await needs.jobs.claim({ holder: 'here', until: now }, now, []))!;
      const file = { key, fileName: 'a', mediaType: 'text/plain', bytes: 1, until: now };
      await needs.jobs.finish(job.id, fence, { status: 'SUCCEEDED', error: null, file, finishedAt: old });
    }
    vi.spyOn(needs.blobs, 'delete').mockImplementation((key) =>
      key === 'torn' ? Promise.reject(new Error('a folder is in its place')) : Promise.resolve(),
    );
    const complaints = vi.fn<Log['error']>();
    const told = { ...needs, log: { ...silentLog, error: complaints } };

    await sweepUploads(told);
    await forgetJobs(told);

    const [lastUpload, lastJob] = [waiting.at(-1)!, ended.at(-1)!];
    expect([await needs.uploads.find(lastUpload.id), await needs.jobs.find(lastJob.id)]).toEqual([null, null]);
    expect(complaints).toHaveBeenCalledTimes(100);
  });

  it('is deleted: jobs three days after their end, with the files that they have made', async () => {
    const needs = await openNeeds();
    const job = await doJob(needs, async ({ job: { id } }) => {
      const key = `exports/a/${id}`;
      const { bytes, mediaType } = await needs.blobs.put(key, Buffer.from('x'), {
        mediaType: 'text/plain',
        maxBytes: 1,
      });
      return { key, fileName: 'a', mediaType, bytes, until: now };
    });

    now = new Date(job.finishedAt!.getTime() + 71 * HOUR_MS);
    await forgetJobs(needs);
    expect(await needs.jobs.find(job.id)).not.toBeNull();
    now = new Date(job.finishedAt!.getTime() + 73 * HOUR_MS);
    await forgetJobs(needs);

    expect([await needs.jobs.find(job.id), await needs.blobs.stat(job.file!.key)]).toEqual([null, null]);
  });
});

describe('who follows a job', () => {
  it('is shown it once for each change, however often it is rung for, and listens no longer once it has left', async () => {
    const needs = await openNeeds();
    const job = jobOf();
    await needs.jobs.insert(job, 1);
    const unlisten = vi.fn<() => void>();
    vi.spyOn(needs.bell, 'listen').mockImplementation((_topic, onRing) => {
      setImmediate(onRing);
      return unlisten;
    });
    const find = vi.spyOn(needs.jobs, 'find');
    const leaving = new AbortController();

    const shown = followJob(needs, { id: job.ownerId, role: 'DEVELOPER' }, job.id, leaving.signal);
    expect((await shown.next()).value).toMatchObject({ id: job.id });
    const second = shown.next();
    await vi.waitFor(() => expect(find).toHaveBeenCalledTimes(3));
    leaving.abort();

    expect(await second).toEqual({ done: true, value: undefined });
    expect(unlisten).toHaveBeenCalledOnce();
  });
});
