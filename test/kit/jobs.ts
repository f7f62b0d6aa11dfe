import { newId } from '../../src/base/ids.js';
import { NO_PROGRESS, type Job } from '../../src/domain/jobs/job.js';

/** A job that nobody has begun, of an owner of its own. */
export function waitingJob(more: Partial<Job> & Pick<Job, 'createdAt'>): Job {
  return {
    id: newId('job'),
    ownerId: newId('usr'),
    input: { kind: 'EXPORT_ARCHIVE', format: 'JSONL', category: null },
    status: 'QUEUED',
    ...NO_PROGRESS,
    error: null,
    file: null,
    revision: 0,
    startedAt: null,
    finishedAt: null,
    ...more,
  };
}
