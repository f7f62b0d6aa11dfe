import type { Job, JobEndStatus, JobError, JobFile, JobProgress } from './job.js';

/** From where a job goes on: whatever its kind needs to know, as JSON. */
export type JobCursor = Readonly<Record<string, number | string>>;

/** Which process may drive a job, and until when. A lease that is not renewed lets another process take the job over with a higher fence; what the old holder then writes is refused. */
export type JobLease = { readonly holder: string; readonly until: Date };

export type ClaimedJob = {
  readonly job: Job;
  readonly fence: number;
  /** Null if nothing of it was saved yet. */
  readonly cursor: JobCursor | null;
  /** Claims since a cursor was last saved, this one included. */
  readonly attempts: number;
  readonly isCancelRequested: boolean;
};

export type JobEnd = {
  readonly status: JobEndStatus;
  readonly error: JobError | null;
  readonly file: JobFile | null;
  readonly finishedAt: Date;
};

/** Every implementation passes `test/contract/job-store.ts`. */
export interface JobStore {
  /** `full`: the owner has `limit` jobs that have not ended. `exists`: there is a job of that id. Many at once never get past the limit. */
  insert(job: Job, limit: number): Promise<'inserted' | 'full' | 'exists'>;
  find(id: string): Promise<Job | null>;
  /** Newest first. @param after The id that comes before the page; null for the start. */
  list(ownerId: string, limit: number, after: string | null): Promise<Job[]>;

  /** Puts all that are driven back into the queue: whoever drove them is gone. */
  releaseAll(at: Date): Promise<void>;
  /** Takes the job that has waited longest: one in the queue, or one whose lease ended before `now`; each for one caller. Null if there is none. @param exceptOwners Whose jobs are to wait. */
  claim(lease: JobLease, now: Date, exceptOwners: readonly string[]): Promise<ClaimedJob | null>;
  /** False if the job has ended or has a higher fence: stop driving it. @param cursor From where the next holder goes on; `attempts` begins at 0 again with it. Null: the next holder begins anew, and `attempts` goes on. */
  saveProgress(id: string, fence: number, progress: JobProgress, cursor: JobCursor | null): Promise<boolean>;
  /** Back into the queue, for anybody from `at` on. False as for {@link saveProgress}. @param isAttempt Whether the claim counts as one. */
  release(id: string, fence: number, at: Date, isAttempt: boolean): Promise<boolean>;
  /** False as for {@link saveProgress}. */
  finish(id: string, fence: number, end: JobEnd): Promise<boolean>;
  /** Ends one that is in the queue at once; has {@link renew} tell whoever drives it otherwise. One that has ended stays as it is. */
  requestCancel(id: string, now: Date): Promise<void>;
  isCancelRequested(id: string): Promise<boolean>;
  /** Renews the leases of those of the jobs that `holder` still has. Returns them, and those among them that somebody asked to cancel. */
  renew(lease: JobLease, ids: readonly string[]): Promise<{ held: readonly string[]; cancelled: readonly string[] }>;

  /** Those that ended before, in any order, without those of `except`. */
  listEndedBefore(before: Date, limit: number, except: readonly string[]): Promise<Job[]>;
  delete(id: string): Promise<void>;
}
