import type { Needs } from '../needs.js';

/** Milliseconds for which a job that has ended, and the file that it has made, are kept. */
export const JOB_KEPT_MS = 3 * 24 * 3_600_000;

const FORGOTTEN_AT_ONCE = 50;

/** Deletes jobs that ended long ago, each after its file. */
export async function forgetJobs({ jobs, blobs, clock }: Pick<Needs, 'jobs' | 'blobs' | 'clock'>): Promise<void> {
  const before = new Date(clock.now().getTime() - JOB_KEPT_MS);
  for (;;) {
    const old = await jobs.listEndedBefore(before, FORGOTTEN_AT_ONCE);
    for (const { id, file } of old) {
      if (file) await blobs.delete(file.key);
      await jobs.delete(id);
    }
    if (old.length < FORGOTTEN_AT_ONCE) return;
  }
}
