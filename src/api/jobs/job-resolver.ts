import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { exportArchive } from '../../domain/archive-files/export-archive.js';
import { importArchive } from '../../domain/archive-files/import-archive.js';
import { importDocument } from '../../domain/documents/import-document.js';
import type { Job, JobKind } from '../../domain/jobs/job.js';
import { cancelJob, followJob, listJobs, openJob } from '../../domain/jobs/jobs.js';
import { requireViewer, type RequestContext } from '../context.js';
import { live } from '../live.js';
import { ForwardPageArgs, pageOf, readPage, type Connection } from '../paging.js';
import {
  DownloadType,
  ExportArchiveInput,
  ImportArchiveInput,
  ImportDocumentInput,
  JobConnection,
  JobKindEnum,
  JobType,
} from './job-types.js';

/** Milliseconds for which the address of a download is good. */
const ADDRESS_GOOD_MS = 3_600_000;

const MAX_INT = 2 ** 31 - 1;

@ArgsType()
class JobProgressArgs {
  @Field(() => ID, { description: 'A job of your own.' })
  id!: string;
}

@Resolver(() => JobType)
export class JobResolver {
  @Query(() => JobType, { description: 'A job of your own.' })
  job(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: RequestContext): Promise<Job> {
    return openJob(context.needs, requireViewer(context), id);
  }

  @Query(() => JobConnection, { description: 'Your jobs, newest first.' })
  async jobs(
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Job>> {
    const viewer = requireViewer(context);
    const page = readPage(args);
    return pageOf(page, await listJobs(context.needs, viewer, page.limit + 1, page.cursor), ({ id }) => id);
  }

  @Mutation(() => JobType, {
    description:
      'Has an uploaded document (PDF, HTML, Markdown or plain text) cut into archive entries. A file that cannot be read makes the job FAIL with INVALID_INPUT and a reason. Asked again with the same upload, gives the same job.',
  })
  importDocument(
    @Arg('input', () => ImportDocumentInput, { description: 'What to take in.' }) input: ImportDocumentInput,
    @Ctx() context: RequestContext,
  ): Promise<Job> {
    const { uploadId, category, title = null, tags, sourceUrl = null } = input;
    return importDocument(context, requireViewer(context), { uploadId, category, title, tags: tags ?? [], sourceUrl });
  }

  @Mutation(() => JobType, {
    description:
      'Has the entries of an uploaded file added to the archive. Those that cannot be used are left out and told in `problems`; at more than 100 the job FAILS, and what came before is kept. Asked again with the same upload, gives the same job.',
  })
  importArchive(
    @Arg('input', () => ImportArchiveInput, { description: 'What to add.' }) { uploadId, format }: ImportArchiveInput,
    @Ctx() context: RequestContext,
  ): Promise<Job> {
    return importArchive(context, requireViewer(context), { uploadId, format });
  }

  @Mutation(() => JobType, {
    description: 'Has your archive, or one category, written into a file: `download` once the job has SUCCEEDED.',
  })
  exportArchive(
    @Arg('input', () => ExportArchiveInput, { description: 'What to write.' }) input: ExportArchiveInput,
    @Ctx() context: RequestContext,
  ): Promise<Job> {
    const { format, category = null } = input;
    return exportArchive(context, requireViewer(context), { format, category });
  }

  @Mutation(() => JobType, {
    description: 'Stops a job, within a second; what it has added is kept. One that has ended stays as it is.',
  })
  cancelJob(
    @Arg('id', () => ID, { description: 'A job of your own.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Job> {
    return cancelJob(context, requireViewer(context), id);
  }

  @Subscription(() => JobType, {
    description:
      'A job of your own as it is now, then whenever it has got on; ends once it has ended. Leaving does not stop the job.',
    subscribe: ({ args, context }: { args: Partial<JobProgressArgs>; context: RequestContext }) => {
      const viewer = requireViewer(context);
      return live((signal) => followJob(context.needs, viewer, args.id ?? '', signal));
    },
  })
  jobProgress(@Root() job: Job, @Args(() => JobProgressArgs, { validate: false }) _args: JobProgressArgs): Job {
    return job;
  }

  @FieldResolver(() => JobKindEnum, { description: 'What it does.' })
  kind(@Root() { input }: Job): JobKind {
    return input.kind;
  }

  @FieldResolver(() => DownloadType, {
    nullable: true,
    description: 'The file that it has made; null before that, or once it is deleted.',
  })
  async download(@Root() { file }: Job, @Ctx() { needs }: RequestContext): Promise<DownloadType | null> {
    if (!file || file.until <= needs.clock.now()) return null;
    const { key, fileName, mediaType, bytes, until } = file;
    if (!(await needs.blobs.stat(key))) return null;
    const url = await needs.blobs.downloadUrl(key, { fileName, expiresInMs: ADDRESS_GOOD_MS });
    return { url, fileName, mediaType, bytes: Math.min(bytes, MAX_INT), expiresAt: until };
  }
}
