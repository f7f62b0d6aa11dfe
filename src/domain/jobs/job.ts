import type { ErrorCode } from '../../base/errors.js';

/** QUEUED ⇄ RUNNING → SUCCEEDED | FAILED | CANCELLED. One whose server was lost or stopped is taken up where it was. */
export type JobStatus = 'QUEUED' | 'RUNNING' | JobEndStatus;
export type JobEndStatus = 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export type ArchiveFileFormat = 'JSONL' | 'MARKDOWN';

/** What is to be done, as it was asked for. */
export type JobInput =
  | {
      readonly kind: 'IMPORT_DOCUMENT';
      readonly uploadId: string;
      readonly category: string;
      /** Null: what the document calls itself, or else the name of its file. */
      readonly title: string | null;
      readonly tags: readonly string[];
      readonly sourceUrl: string | null;
    }
  | { readonly kind: 'IMPORT_ARCHIVE'; readonly uploadId: string; readonly format: ArchiveFileFormat }
  | { readonly kind: 'EXPORT_ARCHIVE'; readonly format: ArchiveFileFormat; readonly category: string | null };

export type JobKind = JobInput['kind'];
export type InputOf<Kind extends JobKind> = Extract<JobInput, { kind: Kind }>;

/** Why a job failed, for its user. */
export type JobError = {
  readonly code: ErrorCode;
  readonly message: string;
  /** See `ErrorDetails`. */
  readonly field: string | null;
  readonly reason: string | null;
  readonly isRetryable: boolean;
};

/** A part of what was read that could not be used; the rest was. */
export type LineProblem = { readonly line: number; readonly message: string };

/** What a job has made, among the objects of the BlobStore. */
export type JobFile = {
  readonly key: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** When it is deleted. */
  readonly until: Date;
};

/** How far a job is. */
export type JobProgress = {
  /** In the unit of the kind: bytes or pages that were read, entries that were written. */
  readonly done: number;
  /** Null until it is known. */
  readonly total: number | null;
  /** Archive entries that it has added, or written. */
  readonly entries: number;
  /** In the order of lines. */
  readonly problems: readonly LineProblem[];
};

/** Long work that the server does by itself, whether or not anybody watches. */
export type Job = JobProgress & {
  readonly id: string;
  readonly ownerId: string;
  readonly input: JobInput;
  readonly status: JobStatus;
  readonly error: JobError | null;
  readonly file: JobFile | null;
  /** One more with each change. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
};

export const NO_PROGRESS: JobProgress = { done: 0, total: null, entries: 0, problems: [] };

export function isEnded({ status }: Pick<Job, 'status'>): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELLED';
}
