import { randomUUID } from 'node:crypto';
import { AppError, INTERNAL_MESSAGE } from '../../base/errors.js';
import { backoffMs } from '../../base/retry.js';
import { untilStored } from '../../base/until-stored.js';
import type { Needs } from '../needs.js';
import type { Job, JobError, JobKind } from './job.js';
import type { JobEnd, JobLease } from './job-store.js';
import { JobStop, JobTask, type JobWork, type JobWorks } from './job-task.js';

/** Milliseconds after which a lease that nobody renews has ended. */
const LEASE_MS = 8_000;

/** Milliseconds between two rounds of renewing our leases and looking for jobs that nobody drives. */
const LOOK_EVERY_MS = 2_500;

/** Jobs that one process does side by side; each user's one after the other. */
const JOBS_AT_ONCE = 2;

/** Claims without any progress after which a job is given up: whatever it meets would end the next process too. */
const MAX_ATTEMPTS = 5;

/** Milliseconds before another attempt, growing up to the other. */
const PAUSE = { baseMs: 2_000, capMs: 60_000 };

/** Milliseconds before a service that did not answer is asked again. */
const OUTAGE_PAUSE_MS = 10_000;

type Running = Pick<Needs, 'jobs' | 'bell' | 'log' | 'clock'>;

/**
 * Does jobs: those that were started here, those that wait, and those that a lost or stopped process has left, from where they were. Each is
 * driven by one process at a time.
 */
export class JobRunner {
  readonly #holder = randomUUID();
  readonly #live = new Map<string, { task: JobTask; done: Promise<void> }>();
  #timer: NodeJS.Timeout | undefined;
  #claiming: Promise<void> | undefined;
  #isClaimWanted = false;
  #isDraining = false;

  constructor(
    private readonly needs: Running,
    private readonly works: JobWorks,
  ) {}

  /** Begins to do what is there. @param isAlone No other process can be driving jobs, so those that are driven were left by one that is gone. */
  async start({ isAlone }: { isAlone: boolean }): Promise<void> {
    if (isAlone) await this.needs.jobs.releaseAll(this.needs.clock.now());
    this.#claimSoon();
    this.#lookSoon();
  }

  /** There is a new job. */
  wake(): void {
    this.#claimSoon();
  }

  /** Clears away what only that job needed. A failure is left to whoever deletes the job. */
  async clear(job: Job): Promise<void> {
    try {
      await this.#workOf(job.input.kind).clear(job);
    } catch (error) {
      this.needs.log.warn({ jobId: job.id, error }, 'what a job has left could not be cleared away; it will be later');
    }
  }

  /** Begins nothing more, and puts what it does back into the queue, as far as it is. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    clearTimeout(this.#timer);
    await this.#claiming;
    for (const { task } of this.#live.values()) task.stop('SHUTDOWN');
    await Promise.all([...this.#live.values()].map(({ done }) => done));
  }

  #lookSoon(): void {
    if (this.#isDraining) return;
    this.#timer = setTimeout(() => void this.#look().finally(() => this.#lookSoon()), LOOK_EVERY_MS);
  }

  async #look(): Promise<void> {
    try {
      if (this.#live.size > 0) await this.#renew();
    } catch (error) {
      this.needs.log.warn({ error }, 'leases of jobs could not be renewed; trying again');
    }
    this.#claimSoon();
  }

  async #renew(): Promise<void> {
    const known = [...this.#live.keys()];
    const { held, cancelled } = await this.needs.jobs.renew(this.#lease(), known);
    for (const id of cancelled) this.#live.get(id)?.task.stop('CANCELLED');
    const stillOurs = new Set(held);
    for (const id of known) if (!stillOurs.has(id)) this.#live.get(id)?.task.stop('TAKEN_OVER');
  }

  /** One who claims at a time: what is asked for meanwhile is done after it. */
  #claimSoon(): void {
    this.#isClaimWanted = true;
    this.#claiming ??= this.#claimAll().finally(() => (this.#claiming = undefined));
  }

  async #claimAll(): Promise<void> {
    try {
      while (this.#isClaimWanted && !this.#isDraining) {
        this.#isClaimWanted = false;
        while (this.#live.size < JOBS_AT_ONCE && (await this.#claimOne()));
      }
    } catch (error) {
      this.needs.log.warn({ error }, 'jobs could not be looked for; trying again');
    }
  }

  async #claimOne(): Promise<boolean> {
    const busy = [...this.#live.values()].map(({ task }) => task.job.ownerId);
    const claimed = await this.needs.jobs.claim(this.#lease(), this.needs.clock.now(), busy);
    if (!claimed) return false;
    const task = new JobTask(this.needs, claimed);
    const { id } = task.job;
    const unlisten = this.needs.bell.listen(`cancel:${id}`, () => void this.#lookForCancel(task));
    const done = this.#drive(task)
      .catch((error: unknown) =>
        this.needs.log.error(
          { jobId: id, error },
          'what became of a job could not be kept; whoever finds its lease ended goes on with it',
        ),
      )
      .finally(() => {
        unlisten();
        this.#live.delete(id);
        this.#claimSoon();
      });
    this.#live.set(id, { task, done });
    this.needs.bell.ring(`job:${id}`);
    return true;
  }

  async #lookForCancel(task: JobTask): Promise<void> {
    try {
      if (await this.needs.jobs.isCancelRequested(task.job.id)) task.stop('CANCELLED');
    } catch (error) {
      this.needs.log.warn({ jobId: task.job.id, error }, 'a cancel could not be read; the next renewal tells of it');
    }
  }

  async #drive(task: JobTask): Promise<void> {
    const { job, attempts } = task.claimed;
    try {
      task.signal.throwIfAborted();
      if (attempts > MAX_ATTEMPTS) throw new AppError('INTERNAL', INTERNAL_MESSAGE);
      const file = await this.#workOf(job.input.kind).run(task);
      await this.#end(task, { status: 'SUCCEEDED', error: null, file });
    } catch (error) {
      await this.#afterFailure(task, error);
    }
  }

  async #afterFailure(task: JobTask, error: unknown): Promise<void> {
    const { log } = this.needs;
    const stop: unknown = task.signal.reason;
    if (stop instanceof JobStop) {
      if (stop.why === 'CANCELLED') await this.#end(task, { status: 'CANCELLED', error: null, file: null });
      if (stop.why === 'SHUTDOWN') await this.#release(task, { pauseMs: 0, isAttempt: false });
      return;
    }
    const { id } = task.job;
    const { attempts } = task.claimed;
    const isNamed = error instanceof AppError;
    const isOutage = isNamed && error.code === 'SERVICE_UNAVAILABLE';
    if (isOutage || (!isNamed && attempts < MAX_ATTEMPTS)) {
      log.warn({ jobId: id, attempts, error }, 'a job met a failure; it is tried again');
      await this.#release(task, {
        pauseMs: isOutage ? OUTAGE_PAUSE_MS : backoffMs(attempts, PAUSE),
        isAttempt: !isOutage,
      });
      return;
    }
    if (isNamed) log.info({ jobId: id, code: error.code, reason: error.details.reason }, 'a job failed');
    else log.error({ jobId: id, error }, 'a job was given up');
    await this.#end(task, { status: 'FAILED', error: explain(error), file: null });
  }

  async #end(task: JobTask, end: Omit<JobEnd, 'finishedAt'>): Promise<void> {
    const { job, fence } = task.claimed;
    const finishedAt = this.needs.clock.now();
    const isOurs = await untilStored(this.needs.log, () =>
      this.needs.jobs.finish(job.id, fence, { ...end, finishedAt }),
    );
    if (!isOurs) return;
    this.needs.bell.ring(`job:${job.id}`);
    await this.clear(job);
  }

  async #release(
    { claimed: { job, fence } }: JobTask,
    { pauseMs, isAttempt }: { pauseMs: number; isAttempt: boolean },
  ): Promise<void> {
    const at = new Date(this.needs.clock.now().getTime() + pauseMs);
    await this.needs.jobs.release(job.id, fence, at, isAttempt);
    this.needs.bell.ring(`job:${job.id}`);
  }

  #workOf(kind: JobKind): JobWork {
    // Each kind has its own input, and only that is ever given to it.
    return this.works[kind] as JobWork;
  }

  #lease(): JobLease {
    return { holder: this.#holder, until: new Date(this.needs.clock.now().getTime() + LEASE_MS) };
  }
}

function explain(error: unknown): JobError {
  if (!(error instanceof AppError))
    return { code: 'INTERNAL', message: INTERNAL_MESSAGE, field: null, reason: null, isRetryable: true };
  const { field = null, reason = null, isRetryable = false } = error.details;
  return { code: error.code, message: error.message, field, reason, isRetryable };
}
