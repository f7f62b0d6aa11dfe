import { doPastFailures } from '../../base/past-failures.js';
import type { Needs } from '../needs.js';

/** Milliseconds for which a job that has ended, and the file that it has made, are kept. */
export const JOB_KEPT_MS = 3 * 24 * 3_600_000;

const FORGOTTEN_AT_ONCE = 50;

/** Deletes jobs that ended long ago, each after its file. */
export async function forgetJobs(needs: Pick<Needs, 'jobs' | 'blobs' | 'clock' | 'log'>): Promise<void> {
  const { jobs, blobs, clock, log } = needs;
  const before = new Date(clock.now().getTime() - JOB_KEPT_MS);
  await doPastFailures({
    batch: FORGOTTEN_AT_ONCE,
    list: (except) => jobs.listEndedBefore(before, FORGOTTEN_AT_ONCE, except),
    idOf: ({ id }) => id,
    async act({ id, file }) {
      if (file) await blobs.delete(file.key);
      await jobs.delete(id);
    },
    failed: ({ id }, error) => log.error({ jobId: id, error }, 'an old job could not be deleted'),
  });
}
