import { addAbortSignal } from 'node:stream';
import { AppError, InvalidInputError } from '../../base/errors.js';
import { checkEntry, type EntryFields } from '../archive/check-entry.js';
import type { ArchiveFileFormat, Job, LineProblem } from '../jobs/job.js';
import { startJob } from '../jobs/jobs.js';
import type { JobRunner } from '../jobs/job-runner.js';
import type { JobTask, JobWork } from '../jobs/job-task.js';
import type { Needs } from '../needs.js';
import { emptyUpload, takeUpload } from '../uploads/uploads.js';
import { requireCreator } from '../users/policy.js';
import type { Actor } from '../users/user.js';
import type { Found } from './archive-file.js';
import { ARCHIVE_FILES } from './archive-file-formats.js';
import { linesOf } from './lines.js';
import { ENTRIES_AT_ONCE, NumberedEntries, ownerOf } from './numbered-entries.js';

/** Lines that may be wrong in one file; one with more is not what it was taken for. */
const MAX_PROBLEMS = 100;

/** Bytes of contents that may wait to be added together. */
const BYTES_AT_ONCE = 1024 * 1024;

type Importing = Pick<Needs, 'users' | 'uploads' | 'blobs' | 'archive' | 'morphemes' | 'clock' | 'newId' | 'settings'>;

/**
 * Has an uploaded file, as `exportArchive` writes it, added to the viewer's archive. Asked again with the same upload, gives the same job.
 *
 * @throws {AppError} as `importDocument` does.
 */
export async function importArchive(
  house: {
    readonly needs: Pick<Needs, 'jobs' | 'uploads' | 'blobs' | 'newId' | 'clock' | 'settings'>;
    readonly jobRunner: JobRunner;
  },
  viewer: Actor,
  { uploadId, format }: { uploadId: string; format: ArchiveFileFormat },
): Promise<Job> {
  requireCreator(viewer);
  const { jobId } = await takeUpload(house.needs, viewer, { uploadId, purpose: 'ARCHIVE' });
  return startJob(house, viewer, { id: jobId, input: { kind: 'IMPORT_ARCHIVE', uploadId, format } });
}

/** What cannot be used is left out and told; the rest is added. */
export function archiveImport(needs: Importing): JobWork<'IMPORT_ARCHIVE'> {
  return {
    async run(task) {
      const { uploadId, format } = task.input;
      const upload = await needs.uploads.find(uploadId);
      const content = upload && (await needs.blobs.read(upload.key));
      if (!content) throw new AppError('NOT_FOUND', 'The uploaded file is not there any more.', { field: 'uploadId' });
      // What holds no entries, such as empty lines, is read without any progress that could be stopped at.
      addAbortSignal(task.signal, content);
      try {
        const owner = await ownerOf(needs, task.job.ownerId);
        const start = { at: Number(task.cursor?.['at'] ?? 0), number: Number(task.cursor?.['line'] ?? 1) };
        const known = Number(task.cursor?.['entries'] ?? 0);
        const entries = new NumberedEntries(needs, owner, task.job.id, known);
        const additions = new Additions(task, entries, upload.bytes);
        for await (const found of ARCHIVE_FILES[format].read(linesOf(content, start))) await additions.take(found);
        await additions.end();
      } finally {
        content.destroy();
      }
      return null;
    },
    clear: ({ input }) => (input.kind === 'IMPORT_ARCHIVE' ? emptyUpload(needs, input.uploadId) : Promise.resolve()),
  };
}

/** What was found and waits to be added, a few at a time. */
class Additions {
  #waiting: EntryFields[] = [];
  #bytes = 0;
  #next: Found['next'] | undefined;
  readonly #problems: LineProblem[];

  constructor(
    private readonly task: JobTask<'IMPORT_ARCHIVE'>,
    private readonly entries: NumberedEntries,
    private readonly total: number,
  ) {
    this.#problems = [...task.job.problems];
  }

  async take(found: Found): Promise<void> {
    this.#next = found.next;
    const checked = 'problem' in found ? found : check(found.fields);
    if ('problem' in checked) this.#problems.push({ line: found.line, message: checked.problem });
    else {
      this.#waiting.push(checked);
      this.#bytes += checked.content.length;
    }
    if (this.#problems.length > MAX_PROBLEMS) await this.#giveUp();
    if (this.#waiting.length >= ENTRIES_AT_ONCE || this.#bytes > BYTES_AT_ONCE) await this.#flush();
  }

  /** What comes after the last entry, such as empty lines, is read as well. */
  async end(): Promise<void> {
    if (this.#next) this.#next = { ...this.#next, at: this.total };
    await this.#flush();
    if (this.entries.count > 0) return;
    throw this.#refusal(
      'There is no entry in the file that can be used.',
      this.#problems.length > 0 ? 'BROKEN' : 'EMPTY',
    );
  }

  async #giveUp(): Promise<never> {
    await this.#flush();
    throw this.#refusal(`More than ${MAX_PROBLEMS} lines are wrong. What came before was added.`, 'BROKEN');
  }

  #refusal(message: string, reason: 'EMPTY' | 'BROKEN'): AppError {
    return new AppError('INVALID_INPUT', message, { field: 'uploadId', reason });
  }

  async #flush(): Promise<void> {
    if (!this.#next) return;
    const texts = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    if (texts.length > 0) await this.entries.add(texts);
    const { at, number } = this.#next;
    const problems = this.#problems.slice(0, MAX_PROBLEMS);
    const { count } = this.entries;
    await this.task.save(
      { done: Math.min(at, this.total), total: this.total, entries: count, problems },
      { at, line: number, entries: count },
    );
  }
}

function check(fields: EntryFields): EntryFields | { readonly problem: string } {
  try {
    return checkEntry(fields);
  } catch (error) {
    if (error instanceof InvalidInputError) return { problem: `${error.details.field}: ${error.message}` };
    throw error;
  }
}
