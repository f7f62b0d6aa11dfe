import { Arg, Args, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { ArchiveCategory, ArchiveEntry } from '../../domain/archive/archive-entry.js';
import { narrowView, WHOLE_ARCHIVE } from '../../domain/archive/archive-view.js';
import type { EntryFields } from '../../domain/archive/check-entry.js';
import {
  clearArchiveCategory,
  createArchiveEntries,
  deleteArchiveEntries,
  listArchiveCategories,
  listArchiveEntries,
  updateArchiveEntry,
} from '../../domain/archive/entries.js';
import { searchArchive, type ArchiveHit } from '../../domain/archive/search-archive.js';
import { summarizeContent, type SummaryDraft } from '../../domain/archive/summarize-content.js';
import { requireViewer, type RequestContext } from '../context.js';
import { pageOf, readPage, type Connection } from '../paging.js';
import {
  ArchiveCategoryType,
  ArchiveEntriesArgs,
  ArchiveEntryConnection,
  ArchiveEntryType,
  ArchiveHitType,
  CreateArchiveEntryInput,
  DEFAULT_HITS,
  SearchArchiveArgs,
  SummarizeContentInput,
  SummaryDraftType,
  UpdateArchiveEntryInput,
} from './archive-types.js';

@Resolver()
export class ArchiveResolver {
  @Query(() => ArchiveEntryConnection, { description: 'What you keep, newest first.' })
  async archiveEntries(
    @Args(() => ArchiveEntriesArgs) { filter, ...args }: ArchiveEntriesArgs,
    @Ctx() context: RequestContext,
  ): Promise<Connection<ArchiveEntry>> {
    const viewer = requireViewer(context);
    const page = readPage(args);
    const wanted = { category: filter?.category ?? null, tag: filter?.tag ?? null };
    const found = await listArchiveEntries(context.needs, viewer, wanted, page.limit + 1, page.cursor);
    return pageOf(page, found, ({ id }) => id);
  }

  @Query(() => [ArchiveCategoryType], { description: 'The categories of what you keep, by name.' })
  archiveCategories(@Ctx() context: RequestContext): Promise<ArchiveCategory[]> {
    return listArchiveCategories(context.needs, requireViewer(context));
  }

  @Query(() => [ArchiveHitType], {
    description:
      'What you keep that fits best, best first, whatever particles, endings and spaces it is asked with. Empty where nothing fits.',
  })
  searchArchive(
    @Args(() => SearchArchiveArgs) { query, category, first, minScore }: SearchArchiveArgs,
    @Ctx() context: RequestContext,
  ): Promise<ArchiveHit[]> {
    const { id } = requireViewer(context);
    const view = { ...narrowView(WHOLE_ARCHIVE, { category, minScore }), topK: first ?? DEFAULT_HITS };
    return searchArchive(context, id, query, view);
  }

  @Mutation(() => SummaryDraftType, {
    description: 'A summary of at most 30 characters, by the default model, for you to edit before you save it.',
  })
  summarizeContent(
    @Arg('input', () => SummarizeContentInput, { description: 'What to sum up.' }) { content }: SummarizeContentInput,
    @Ctx() context: RequestContext,
  ): Promise<SummaryDraft> {
    return summarizeContent(context.needs, requireViewer(context), content);
  }

  @Mutation(() => ArchiveEntryType, { description: 'Keeps something. It can be found at once.' })
  async createArchiveEntry(
    @Arg('input', () => CreateArchiveEntryInput, { description: 'What to keep.' }) input: CreateArchiveEntryInput,
    @Ctx() context: RequestContext,
  ): Promise<ArchiveEntry | undefined> {
    const [entry] = await createArchiveEntries(context.needs, requireViewer(context), [fieldsOf(input)]);
    return entry;
  }

  @Mutation(() => [ArchiveEntryType], {
    description: 'Keeps several things, at most 100: all of them or none. In the order of the inputs.',
  })
  createArchiveEntries(
    @Arg('inputs', () => [CreateArchiveEntryInput], { description: 'What to keep.' }) inputs: CreateArchiveEntryInput[],
    @Ctx() context: RequestContext,
  ): Promise<ArchiveEntry[]> {
    return createArchiveEntries(context.needs, requireViewer(context), inputs.map(fieldsOf));
  }

  @Mutation(() => ArchiveEntryType, { description: 'Changes something that you keep.' })
  updateArchiveEntry(
    @Arg('input', () => UpdateArchiveEntryInput, { description: 'What to change.' }) input: UpdateArchiveEntryInput,
    @Ctx() context: RequestContext,
  ): Promise<ArchiveEntry> {
    const { id, version, category, title, summary, content, tags, sourceUrl } = input;
    return updateArchiveEntry(context.needs, requireViewer(context), {
      id,
      version,
      category: category ?? undefined,
      title: title ?? undefined,
      summary: summary ?? undefined,
      content: content ?? undefined,
      tags: tags ?? undefined,
      sourceUrl,
    });
  }

  @Mutation(() => Int, {
    description: 'Deletes entries of your own, at most 100, for good. Returns how many of the ids named one.',
  })
  deleteArchiveEntries(
    @Arg('ids', () => [ID], { description: 'The entries.' }) ids: string[],
    @Ctx() context: RequestContext,
  ): Promise<number> {
    return deleteArchiveEntries(context.needs, requireViewer(context), ids);
  }

  @Mutation(() => Int, {
    description: 'Deletes everything in one category, and nothing else, for good. Returns how many entries that were.',
  })
  clearArchiveCategory(
    @Arg('category', () => String, { description: 'Its slug.' }) category: string,
    @Ctx() context: RequestContext,
  ): Promise<number> {
    return clearArchiveCategory(context.needs, requireViewer(context), category);
  }
}

function fieldsOf(input: CreateArchiveEntryInput): EntryFields {
  const { category, title, summary, content, tags, sourceUrl = null } = input;
  return { category, title, summary, content, tags, sourceUrl };
}
