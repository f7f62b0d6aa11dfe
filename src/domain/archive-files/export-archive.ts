import { Readable } from 'node:stream';
import { checkCategory } from '../archive/check-entry.js';
import { JOB_KEPT_MS } from '../jobs/forget-jobs.js';
import type { ArchiveFileFormat, Job } from '../jobs/job.js';
import type { JobRunner } from '../jobs/job-runner.js';
import type { JobTask, JobWork } from '../jobs/job-task.js';
import { startJob } from '../jobs/jobs.js';
import type { Needs } from '../needs.js';
import type { Actor } from '../users/user.js';
import { ARCHIVE_FILES } from './archive-file-formats.js';

/** Entries that are read at a time, each of at most 1 MiB. */
const PAGE_SIZE = 20;

/** Bytes: what an object store takes in one piece. */
const MAX_FILE_BYTES = 5 * 1024 ** 3;

/** Files of one user's exports; older ones make room. */
const FILES_KEPT = 5;

type Exporting = Pick<Needs, 'archive' | 'blobs' | 'clock'>;

/**
 * Has the viewer's archive, or one category, written into a file to download.
 *
 * @throws {AppError} FORBIDDEN for guests; INVALID_INPUT; LIMIT_EXCEEDED for too many jobs.
 */
export function exportArchive(
  house: { readonly needs: Pick<Needs, 'jobs' | 'clock' | 'settings' | 'newId'>; readonly jobRunner: JobRunner },
  viewer: Actor,
  { format, category }: { format: ArchiveFileFormat; category: string | null },
): Promise<Job> {
  const input = {
    kind: 'EXPORT_ARCHIVE',
    format,
    category: category === null ? null : checkCategory(category),
  } as const;
  return startJob(house, viewer, { id: house.needs.newId('job'), input });
}

/** Writes the file anew each time: what was written by a process that was lost is no object. */
export function archiveExport(needs: Exporting): JobWork<'EXPORT_ARCHIVE'> {
  return {
    async run(task) {
      const { format } = task.input;
      const { mediaType, extension } = ARCHIVE_FILES[format];
      const folder = `exports/${task.job.ownerId}/`;
      const key = `${folder}${task.job.id}.${extension}`;
      const text = Readable.from(textOf(needs, task), { objectMode: false });
      const { bytes } = await needs.blobs.put(key, text, { mediaType, maxBytes: MAX_FILE_BYTES });
      await makeRoom(needs, folder);
      const now = needs.clock.now();
      const fileName = `archive-${now.toISOString().slice(0, 10)}.${extension}`;
      return { key, fileName, mediaType, bytes, until: new Date(now.getTime() + JOB_KEPT_MS) };
    },
    clear: () => Promise.resolve(),
  };
}

/** Newest first; what is added meanwhile is not in it, and what is deleted may be. */
async function* textOf({ archive }: Exporting, task: JobTask<'EXPORT_ARCHIVE'>): AsyncGenerator<Buffer, void> {
  const { ownerId } = task.job;
  const { format, category } = task.input;
  const { write } = ARCHIVE_FILES[format];
  const categories = await archive.listCategories(ownerId);
  const wanted = categories.filter((each) => category === null || each.category === category);
  const total = wanted.reduce((sum, { entries }) => sum + entries, 0);
  let done = 0;
  let after: string | null = null;
  for (;;) {
    task.signal.throwIfAborted();
    const page = await archive.list(ownerId, { category, tag: null }, PAGE_SIZE, after);
    for (const entry of page) yield Buffer.from(write(entry));
    done += page.length;
    await task.save({ done, total: Math.max(done, total), entries: done, problems: [] }, null);
    after = page.at(-1)?.id ?? null;
    if (page.length < PAGE_SIZE) return;
  }
}

/** Keys of later jobs come later. */
async function makeRoom({ blobs }: Exporting, folder: string): Promise<void> {
  const keys: string[] = [];
  for await (const key of blobs.list(folder)) keys.push(key);
  for (const key of keys.slice(0, -FILES_KEPT)) await blobs.delete(key);
}
