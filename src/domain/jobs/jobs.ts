import { AppError, InvalidInputError, NotFoundError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import { createKnock } from '../../base/knock.js';
import type { Needs } from '../needs.js';
import type { Actor } from '../users/user.js';
import { requireCreator } from '../users/policy.js';
import { isEnded, NO_PROGRESS, type Job, type JobInput } from './job.js';
import type { JobRunner } from './job-runner.js';

/** Milliseconds after which a follower looks by itself: a ring may be lost. */
const LOOK_AGAIN_MS = 3_000;

type Starting = {
  readonly needs: Pick<Needs, 'jobs' | 'clock' | 'settings'>;
  readonly jobRunner: JobRunner;
};

/**
 * Puts a job into the queue. With an id that there is a job of already, gives that one.
 *
 * @throws {AppError} FORBIDDEN for guests; LIMIT_EXCEEDED for a user who has too many that have not ended; CONFLICT if the job of that id is another one.
 */
export async function startJob(
  { needs, jobRunner }: Starting,
  viewer: Actor,
  { id, input }: { id: string; input: JobInput },
): Promise<Job> {
  requireCreator(viewer);
  const job: Job = {
    id,
    ownerId: viewer.id,
    input,
    status: 'QUEUED',
    ...NO_PROGRESS,
    error: null,
    file: null,
    revision: 0,
    createdAt: needs.clock.now(),
    startedAt: null,
    finishedAt: null,
  };
  const limit = needs.settings.jobs.maxActivePerUser;
  switch (await needs.jobs.insert(job, limit)) {
    case 'inserted':
      jobRunner.wake();
      return job;
    case 'exists':
      return sameJob(await openJob(needs, viewer, id), input);
    case 'full':
      throw new AppError('LIMIT_EXCEEDED', `You have ${limit} jobs that have not ended. Wait for one, or cancel one.`, {
        isRetryable: true,
      });
  }
}

/** @throws {NotFoundError} also when it is somebody else's. */
export async function openJob({ jobs }: Pick<Needs, 'jobs'>, viewer: Actor, id: string): Promise<Job> {
  const job = isId('job', id) ? await jobs.find(id) : null;
  if (job?.ownerId !== viewer.id) throw new NotFoundError('job');
  return job;
}

/** The viewer's own, newest first. @param after The id of the job before the page; null for the start. @throws {InvalidInputError} */
export async function listJobs(
  { jobs }: Pick<Needs, 'jobs'>,
  viewer: Actor,
  limit: number,
  after: string | null,
): Promise<Job[]> {
  if (after !== null && !isId('job', after)) throw new InvalidInputError('after', 'This is not a cursor of this list.');
  return jobs.list(viewer.id, limit, after);
}

/**
 * Asks a job to stop, in whatever process it is: within a second it is CANCELLED. What it has added is kept. One that has ended stays as it is.
 *
 * @returns The job as it is now.
 */
export async function cancelJob(
  { needs, jobRunner }: { readonly needs: Pick<Needs, 'jobs' | 'bell' | 'clock'>; readonly jobRunner: JobRunner },
  viewer: Actor,
  id: string,
): Promise<Job> {
  const before = await openJob(needs, viewer, id);
  if (isEnded(before)) return before;
  await needs.jobs.requestCancel(id, needs.clock.now());
  needs.bell.ring(`cancel:${id}`);
  needs.bell.ring(`job:${id}`);
  const job = await openJob(needs, viewer, id);
  if (isEnded(job)) await jobRunner.clear(job);
  return job;
}

/**
 * A job as it is now, then whenever it has changed; ends after it has ended, or when `signal` aborts. Changes that come faster than they are read are one.
 *
 * @throws {NotFoundError} as {@link openJob} does.
 */
export async function* followJob(
  needs: Pick<Needs, 'jobs' | 'bell'>,
  viewer: Actor,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<Job, void> {
  await openJob(needs, viewer, id);
  const { knock, wait } = createKnock();
  const unlisten = needs.bell.listen(`job:${id}`, knock);
  signal.addEventListener('abort', knock, { once: true });
  try {
    let shown = -1;
    while (!signal.aborted) {
      const job = await needs.jobs.find(id);
      if (!job) return;
      if (job.revision !== shown) yield job;
      if (isEnded(job)) return;
      shown = job.revision;
      await wait(LOOK_AGAIN_MS);
    }
  } finally {
    unlisten();
    signal.removeEventListener('abort', knock);
  }
}

/** @throws {AppError} CONFLICT */
function sameJob(job: Job, input: JobInput): Job {
  if (JSON.stringify(job.input) === JSON.stringify(input)) return job;
  throw new AppError('CONFLICT', 'The upload is used already, by another job.', { field: 'uploadId' });
}
