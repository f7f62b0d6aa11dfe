import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ErrorCode } from '../../base/errors.js';
import type { ArchiveFileFormat, JobKind, JobStatus } from '../../domain/jobs/job.js';
import { ErrorCodeEnum } from '../error-codes.js';
import { NodeType } from '../node/node-type.js';
import { connectionOf } from '../paging.js';

export const JobKindEnum = {
  IMPORT_DOCUMENT: 'IMPORT_DOCUMENT',
  IMPORT_ARCHIVE: 'IMPORT_ARCHIVE',
  EXPORT_ARCHIVE: 'EXPORT_ARCHIVE',
} as const satisfies { [Kind in JobKind]: Kind };
registerEnumType(JobKindEnum, {
  name: 'JobKind',
  description: 'What a job does.',
  valuesConfig: {
    IMPORT_DOCUMENT: { description: 'Makes a document into archive entries; counts its bytes, of a PDF its pages.' },
    IMPORT_ARCHIVE: { description: 'Adds the entries of a file to the archive; counts its bytes.' },
    EXPORT_ARCHIVE: { description: 'Writes the archive into a file; counts entries.' },
  },
});

export const JobStatusEnum = {
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
} as const satisfies { [Status in JobStatus]: Status };
registerEnumType(JobStatusEnum, {
  name: 'JobStatus',
  description: 'How far a job is.',
  valuesConfig: {
    QUEUED: { description: 'It waits for its turn; it may have been begun by a server that was lost or stopped.' },
    RUNNING: { description: 'A server works on it.' },
    SUCCEEDED: { description: 'It is done; `problems` says what it had to leave out.' },
    FAILED: { description: 'It could not be done; `error` says why. What was added before is kept.' },
    CANCELLED: { description: 'You stopped it. What was added before is kept.' },
  },
});

export const ArchiveFileFormatEnum = {
  JSONL: 'JSONL',
  MARKDOWN: 'MARKDOWN',
} as const satisfies { [Format in ArchiveFileFormat]: Format };
registerEnumType(ArchiveFileFormatEnum, {
  name: 'ArchiveFileFormat',
  description: 'How an archive is written into a file. Both are read again exactly as they were written.',
  valuesConfig: {
    JSONL: { description: 'One entry a line, each a JSON object.' },
    MARKDOWN: {
      description: 'Entries one after the other: YAML front matter, then the content in a fence longer than any in it.',
    },
  },
});

@ObjectType('JobError', { description: 'Why a job failed.', simpleResolvers: true })
export class JobErrorType {
  @Field(() => ErrorCodeEnum, { description: 'What kind of failure it is.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'What went wrong, in a sentence.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'The input at fault.' })
  field!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What is wrong with a file that cannot be read: WRONG_TYPE, ENCRYPTED, EMPTY, NO_TEXT (pages that are pictures), BROKEN, or TOO_COMPLEX (it takes too much time or memory).',
  })
  reason!: string | null;

  @Field(() => Boolean, { description: 'Whether the same may succeed later.' })
  isRetryable!: boolean;
}

@ObjectType('LineProblem', { description: 'An entry of a file that was left out.', simpleResolvers: true })
export class LineProblemType {
  @Field(() => Int, { description: 'The line at which it begins; the first is 1.' })
  line!: number;

  @Field(() => String, { description: 'What is wrong with it.' })
  message!: string;
}

@ObjectType('Download', { description: 'A file to download.', simpleResolvers: true })
export class DownloadType {
  @Field(() => String, {
    description: 'Whoever has the address may GET the file for an hour. It may be a path on this server.',
  })
  url!: string;

  @Field(() => String, { description: 'The name under which it is saved.' })
  fileName!: string;

  @Field(() => String, { description: 'What is in it.' })
  mediaType!: string;

  @Field(() => Int, { description: 'Its size; 2,147,483,647 if it is larger than that.' })
  bytes!: number;

  @Field(() => GraphQLDateTime, {
    description: 'When it is deleted: three days after it was made, or once there are five newer ones.',
  })
  expiresAt!: Date;
}

@ObjectType('Job', {
  implements: NodeType,
  description:
    'Long work that the server does by itself, whether or not anybody watches. Kept for three days after its end.',
})
export class JobType extends NodeType {
  @Field(() => JobStatusEnum, { description: 'How far it is.', simple: true })
  status!: JobStatus;

  @Field(() => Int, { description: 'How much of `total` is done.', simple: true })
  done!: number;

  @Field(() => Int, { nullable: true, description: 'How much there is; null until that is known.', simple: true })
  total!: number | null;

  @Field(() => Int, { description: 'Archive entries that it has added so far, or written.', simple: true })
  entries!: number;

  @Field(() => [LineProblemType], { description: 'What it left out; at most 100.', simple: true })
  problems!: readonly LineProblemType[];

  @Field(() => JobErrorType, { nullable: true, description: 'Why it failed.', simple: true })
  error!: JobErrorType | null;

  @Field(() => GraphQLDateTime, { description: 'When it was asked for.', simple: true })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When a server began it.', simple: true })
  startedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it ended.', simple: true })
  finishedAt!: Date | null;
}

@ObjectType('JobConnection', { description: 'A page of jobs.', simpleResolvers: true })
export class JobConnection extends connectionOf('Job', JobType) {}

@InputType({ description: 'A document to take in.' })
export class ImportDocumentInput {
  @Field(() => ID, { description: 'The uploaded file, whose purpose is DOCUMENT.' })
  uploadId!: string;

  @Field(() => String, { description: 'Of all its entries; a slug of at most 40 characters, such as `doc`.' })
  category!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Of all its entries, with their number behind it; what the document calls itself if left out, or else the name of the file.',
  })
  title?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Of all its entries: at most 20, each of at most 50 characters.',
  })
  tags?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Where it came from: an http or https address.' })
  sourceUrl?: string | null;
}

@InputType({ description: 'A file of archive entries to add.' })
export class ImportArchiveInput {
  @Field(() => ID, { description: 'The uploaded file, whose purpose is ARCHIVE.' })
  uploadId!: string;

  @Field(() => ArchiveFileFormatEnum, { description: 'How it is written.' })
  format!: ArchiveFileFormat;
}

@InputType({ description: 'What of the archive to write into a file.' })
export class ExportArchiveInput {
  @Field(() => ArchiveFileFormatEnum, { description: 'How to write it.' })
  format!: ArchiveFileFormat;

  @Field(() => String, { nullable: true, description: 'Only this category; all if left out.' })
  category?: string | null;
}
