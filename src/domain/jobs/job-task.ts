import { untilStored } from '../../base/until-stored.js';
import type { Needs } from '../needs.js';
import type { InputOf, Job, JobFile, JobKind, JobProgress } from './job.js';
import type { ClaimedJob, JobCursor } from './job-store.js';

/** Why a job was stopped from outside its work. */
export class JobStop extends Error {
  constructor(readonly why: 'CANCELLED' | 'SHUTDOWN' | 'TAKEN_OVER') {
    super(`The job was stopped: ${why}.`);
  }
}

/** How the jobs of one kind are done. */
export type JobWork<Kind extends JobKind = JobKind> = {
  /**
   * Does the job from `task.cursor` on: it may have been begun before, by a process that was lost at any point. Waits on `task.signal`.
   *
   * @returns What it has made, if that is a file.
   * @throws {AppError} what its owner should know; SERVICE_UNAVAILABLE for what may go better later.
   */
  run(this: void, task: JobTask<Kind>): Promise<JobFile | null>;
  /** Clears away what only the job needed. It has ended, however it did; called again where that failed. */
  clear(this: void, job: Job): Promise<void>;
};

export type JobWorks = { readonly [Kind in JobKind]: JobWork<Kind> };

/** A job while this process does it: from where, and how to tell how far it is. */
export class JobTask<Kind extends JobKind = JobKind> {
  readonly #stopping = new AbortController();

  constructor(
    private readonly needs: Pick<Needs, 'jobs' | 'bell' | 'log'>,
    readonly claimed: ClaimedJob,
  ) {
    if (claimed.isCancelRequested) this.stop('CANCELLED');
  }

  get job(): Job {
    return this.claimed.job;
  }

  get input(): InputOf<Kind> {
    return this.claimed.job.input as InputOf<Kind>;
  }

  /** Null at the very beginning. */
  get cursor(): JobCursor | null {
    return this.claimed.cursor;
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  stop(why: JobStop['why']): void {
    this.#stopping.abort(new JobStop(why));
  }

  /**
   * Keeps how far the job is: if this process is lost, the next one goes on from `cursor`, or begins anew where that is null.
   *
   * @throws {JobStop} if somebody else has the job by now, or it is to stop.
   */
  async save(progress: JobProgress, cursor: JobCursor | null): Promise<void> {
    const { job, fence } = this.claimed;
    const isOurs = await untilStored(this.needs.log, () =>
      this.needs.jobs.saveProgress(job.id, fence, progress, cursor),
    );
    if (!isOurs) this.stop('TAKEN_OVER');
    this.needs.bell.ring(`job:${job.id}`);
    this.signal.throwIfAborted();
  }
}
