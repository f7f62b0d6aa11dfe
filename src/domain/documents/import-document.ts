import { AppError } from '../../base/errors.js';
import { cutLine, oneLine } from '../characters.js';
import { checkEntry, MAX_ENTRY_TITLE_CHARS, MAX_SUMMARY_CHARS, type EntryFields } from '../archive/check-entry.js';
import { ENTRIES_AT_ONCE, NumberedEntries, ownerOf } from '../archive-files/numbered-entries.js';
import type { InputOf, Job } from '../jobs/job.js';
import { startJob } from '../jobs/jobs.js';
import type { JobRunner } from '../jobs/job-runner.js';
import type { JobTask, JobWork } from '../jobs/job-task.js';
import type { Needs } from '../needs.js';
import type { Upload } from '../uploads/upload.js';
import { emptyUpload, takeUpload } from '../uploads/uploads.js';
import { requireCreator } from '../users/policy.js';
import type { Actor } from '../users/user.js';
import { DocumentCutter, type DocumentPiece } from './cut-document.js';

/** Characters that are left for ` (12345)` behind the title of a part. */
const NUMBER_CHARS = 9;

type Starting = {
  readonly needs: Pick<Needs, 'jobs' | 'uploads' | 'blobs' | 'newId' | 'clock' | 'settings'>;
  readonly jobRunner: JobRunner;
};
type Importing = Pick<
  Needs,
  'users' | 'uploads' | 'blobs' | 'documentReader' | 'archive' | 'morphemes' | 'clock' | 'newId' | 'settings'
>;

export type DocumentImport = Omit<InputOf<'IMPORT_DOCUMENT'>, 'kind'>;

/**
 * Has an uploaded document made into entries of the viewer's archive. Asked again with the same upload, gives the same job.
 *
 * @throws {AppError} FORBIDDEN for guests; NOT_FOUND for an upload that is not theirs; INVALID_INPUT for what no entry can have, or where nothing was
 *   uploaded; CONFLICT for an upload that another job has; LIMIT_EXCEEDED for too many jobs.
 */
export async function importDocument(house: Starting, viewer: Actor, input: DocumentImport): Promise<Job> {
  requireCreator(viewer);
  const { title, ...rest } = input;
  const checked = checkEntry({ ...rest, title: title ?? 'untitled', summary: '', content: '' });
  const { jobId } = await takeUpload(house.needs, viewer, { uploadId: input.uploadId, purpose: 'DOCUMENT' });
  const { category, tags, sourceUrl } = checked;
  return startJob(house, viewer, {
    id: jobId,
    input: {
      kind: 'IMPORT_DOCUMENT',
      uploadId: input.uploadId,
      category,
      title: title === null ? null : checked.title,
      tags,
      sourceUrl,
    },
  });
}

/** A document is read from its beginning each time; pieces that were added before are passed over. */
export function documentImport(needs: Importing): JobWork<'IMPORT_DOCUMENT'> {
  return {
    async run(task) {
      const { uploadId } = task.input;
      const owner = await ownerOf(needs, task.job.ownerId);
      const upload = await needs.uploads.find(uploadId);
      const content = upload && (await needs.blobs.read(upload.key));
      if (!content) throw new AppError('NOT_FOUND', 'The uploaded file is not there any more.', { field: 'uploadId' });
      const added = Number(task.cursor?.['pieces'] ?? 0);
      const entries = new NumberedEntries(needs, owner, task.job.id, added);
      const parts = new PartsOfDocument(task, upload, entries, added);
      const reading = { mediaType: upload.mediaType, signal: task.signal };
      for await (const { blocks, done, total } of needs.documentReader.read(content, reading)) {
        parts.at = { done, total };
        for (const block of blocks) for (const piece of parts.cutter.add(block)) await parts.add(piece);
      }
      for (const piece of parts.cutter.end()) await parts.add(piece);
      await parts.end();
      return null;
    },
    clear: ({ input }) => (input.kind === 'IMPORT_DOCUMENT' ? emptyUpload(needs, input.uploadId) : Promise.resolve()),
  };
}

/** Makes pieces into entries, a few at a time. */
class PartsOfDocument {
  readonly cutter = new DocumentCutter();
  /** How much of the document was read. */
  at = { done: 0, total: 1 };
  #waiting: DocumentPiece[] = [];
  #passedOver = 0;
  #title: string | undefined;

  constructor(
    private readonly task: JobTask<'IMPORT_DOCUMENT'>,
    private readonly upload: Upload,
    private readonly entries: NumberedEntries,
    private readonly known: number,
  ) {}

  async add(piece: DocumentPiece): Promise<void> {
    this.#title ??= this.task.input.title ?? (this.cutter.title || nameOf(this.upload.fileName));
    if (this.#passedOver < this.known) {
      this.#passedOver += 1;
      return;
    }
    // The last one waits for what comes after it: a document of one piece has no parts.
    if (this.#waiting.length > ENTRIES_AT_ONCE) await this.#flush(ENTRIES_AT_ONCE);
    this.#waiting.push(piece);
  }

  async end(): Promise<void> {
    const isWhole = this.entries.count + this.#waiting.length === 1;
    while (this.#waiting.length > 0) await this.#flush(ENTRIES_AT_ONCE, isWhole);
  }

  async #flush(count: number, isWhole = false): Promise<void> {
    const pieces = this.#waiting.splice(0, count);
    const first = this.entries.count + 1;
    await this.entries.add(pieces.map((piece, place) => this.#entryOf(piece, isWhole ? '' : ` (${first + place})`)));
    const { done, total } = this.at;
    const { count: pieceCount } = this.entries;
    await this.task.save({ done, total, entries: pieceCount, problems: [] }, { pieces: pieceCount });
  }

  #entryOf({ heading, content }: DocumentPiece, number: string): EntryFields {
    const { category, tags, sourceUrl } = this.task.input;
    const title = cutLine(this.#title ?? '', MAX_ENTRY_TITLE_CHARS - NUMBER_CHARS) + number;
    return { category, title, summary: cutLine(heading ?? '', MAX_SUMMARY_CHARS), content, tags, sourceUrl };
  }
}

/** The name of a file without what says its kind. */
function nameOf(fileName: string): string {
  return oneLine(fileName.replace(/\.[a-z0-9]{1,8}$/i, '')) || oneLine(fileName);
}
