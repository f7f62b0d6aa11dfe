import { AppError, InvalidInputError, NotFoundError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import { Turns } from '../../base/turns.js';
import type { Needs } from '../needs.js';
import { requireCreator } from '../users/policy.js';
import type { Actor } from '../users/user.js';
import { analyzeEntry, type StoredTokens } from './analysis/analyze-entry.js';
import type { ArchiveCategory, ArchiveEntry, ArchiveFilter, ArchiveSize } from './archive-entry.js';
import { MAX_ENTRIES_PER_CHANGE, type SearchableEntry } from './archive-store.js';
import { checkCategory, checkEntry, type EntryFields } from './check-entry.js';

type Reading = Pick<Needs, 'archive'>;
type Writing = Reading & Pick<Needs, 'morphemes' | 'clock' | 'newId' | 'settings'>;

/** One of a user's entries is analysed at a time: whoever saves many side by side keeps others waiting no longer than by one. For the process, since its processor is what they share. */
const turns = new Turns();

/** What is undefined stays as it is. */
export type EntryChanges = { readonly [Field in keyof EntryFields]?: EntryFields[Field] | undefined };

/**
 * Adds entries to the viewer's own archive: all or none, at most {@link MAX_ENTRIES_PER_CHANGE} at a time. They can be found at once, and lists show them in this order.
 *
 * @throws {AppError} FORBIDDEN for guests; INVALID_INPUT for a text that cannot be; LIMIT_EXCEEDED past what a user may keep.
 */
export async function createArchiveEntries(
  needs: Writing,
  viewer: Actor,
  texts: readonly EntryFields[],
): Promise<ArchiveEntry[]> {
  requireCreator(viewer);
  if (texts.length > MAX_ENTRIES_PER_CHANGE)
    throw new InvalidInputError('inputs', `At most ${MAX_ENTRIES_PER_CHANGE} entries at a time.`);
  if (texts.length === 0) return [];
  const now = needs.clock.now();
  // Lists show the highest first.
  const ids = texts.map(() => needs.newId('arc')).toSorted();
  const entries = texts.map((text, place) => ({
    id: ids.at(-1 - place)!,
    ownerId: viewer.id,
    ...checkEntry(text),
    version: 1,
    createdAt: now,
    updatedAt: now,
  }));
  const added: SearchableEntry[] = [];
  for (const entry of entries) added.push({ entry, tokens: await analyzeInTurn(needs, entry) });
  if (!(await needs.archive.insert(added, roomOf(needs)))) throw isFull(needs);
  return entries;
}

/**
 * Changes what is given of an entry and leaves the rest.
 *
 * @param input `version` is the one that was changed.
 * @throws {AppError} as {@link createArchiveEntries} does; NOT_FOUND; CONFLICT where the entry has changed since that version.
 */
export async function updateArchiveEntry(
  needs: Writing,
  viewer: Actor,
  { id, version, ...changes }: EntryChanges & { readonly id: string; readonly version: number },
): Promise<ArchiveEntry> {
  requireCreator(viewer);
  const before = await openArchiveEntry(needs, viewer, id);
  if (before.version !== version) throw hasChanged();
  const entry: ArchiveEntry = {
    ...before,
    ...checkEntry(changed(before, changes)),
    version: version + 1,
    updatedAt: needs.clock.now(),
  };
  const tokens = await analyzeInTurn(needs, entry);
  switch (await needs.archive.replace({ entry, tokens }, roomOf(needs))) {
    case 'replaced':
      return entry;
    case 'stale':
      throw hasChanged();
    case 'full':
      throw isFull(needs);
  }
}

/**
 * Deletes those of the ids that name entries of the viewer's own. Returns how many that were.
 *
 * @throws {AppError} FORBIDDEN for guests; INVALID_INPUT for more than {@link MAX_ENTRIES_PER_CHANGE} ids.
 */
export async function deleteArchiveEntries(
  { archive }: Reading,
  viewer: Actor,
  ids: readonly string[],
): Promise<number> {
  requireCreator(viewer);
  if (ids.length > MAX_ENTRIES_PER_CHANGE)
    throw new InvalidInputError('ids', `At most ${MAX_ENTRIES_PER_CHANGE} entries at a time.`);
  const named = [...new Set(ids)].filter((id) => isId('arc', id));
  return named.length === 0 ? 0 : archive.delete(viewer.id, named);
}

/** Deletes everything in one category, and nothing else. Returns how many entries that were. @throws {AppError} FORBIDDEN for guests; INVALID_INPUT. */
export async function clearArchiveCategory({ archive }: Reading, viewer: Actor, category: string): Promise<number> {
  requireCreator(viewer);
  const slug = checkCategory(category);
  let deleted = 0;
  for (;;) {
    const ids = await archive.idsOfCategory(viewer.id, slug, MAX_ENTRIES_PER_CHANGE);
    if (ids.length === 0) return deleted;
    deleted += await archive.delete(viewer.id, ids);
  }
}

/** @throws {NotFoundError} also for an entry of somebody else's. */
export async function openArchiveEntry({ archive }: Reading, viewer: Actor, id: string): Promise<ArchiveEntry> {
  const entry = isId('arc', id) ? await archive.find(viewer.id, id) : null;
  if (!entry) throw new NotFoundError('archive entry');
  return entry;
}

/**
 * The viewer's own entries, newest first.
 *
 * @param after The id of the entry before the page; null for the start.
 * @throws {InvalidInputError}
 */
export async function listArchiveEntries(
  { archive }: Reading,
  viewer: Actor,
  { category, tag }: ArchiveFilter,
  limit: number,
  after: string | null,
): Promise<ArchiveEntry[]> {
  if (after !== null && !isId('arc', after)) throw new InvalidInputError('after', 'This is not a cursor of this list.');
  const filter = { category: category === null ? null : checkCategory(category), tag: tag?.normalize('NFC') ?? null };
  return archive.list(viewer.id, filter, limit, after);
}

/** The viewer's own categories, by name. */
export function listArchiveCategories({ archive }: Reading, viewer: Actor): Promise<ArchiveCategory[]> {
  return archive.listCategories(viewer.id);
}

function analyzeInTurn({ morphemes }: Pick<Needs, 'morphemes'>, entry: ArchiveEntry): Promise<StoredTokens> {
  return turns.take(entry.ownerId, () => analyzeEntry(morphemes, entry));
}

function changed(before: EntryFields, { sourceUrl = before.sourceUrl, ...texts }: EntryChanges): EntryFields {
  return {
    category: texts.category ?? before.category,
    title: texts.title ?? before.title,
    summary: texts.summary ?? before.summary,
    content: texts.content ?? before.content,
    tags: texts.tags ?? before.tags,
    sourceUrl,
  };
}

function roomOf({ settings }: Pick<Needs, 'settings'>): ArchiveSize {
  return { entries: settings.archive.maxEntriesPerUser, bytes: settings.archive.maxBytesPerUser };
}

function isFull(needs: Pick<Needs, 'settings'>): AppError {
  const { entries, bytes } = roomOf(needs);
  return new AppError('LIMIT_EXCEEDED', `An archive holds at most ${entries} entries and ${bytes} bytes of content.`);
}

const hasChanged = (): AppError =>
  new AppError('CONFLICT', 'The entry has changed since. Read it again, and change what is there now.', {
    field: 'version',
  });
