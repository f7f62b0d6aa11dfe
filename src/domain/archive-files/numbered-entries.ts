import { AppError } from '../../base/errors.js';
import type { EntryFields } from '../archive/check-entry.js';
import { createArchiveEntries } from '../archive/entries.js';
import type { Needs } from '../needs.js';
import type { Actor, User } from '../users/user.js';
import { entryIdOf } from './entry-id.js';

/** Entries of one change: few, so that a job that is to stop does so within a second. */
export const ENTRIES_AT_ONCE = 6;

type Adding = Pick<Needs, 'archive' | 'morphemes' | 'clock' | 'newId' | 'settings'>;

/** Adds entries on behalf of a job, each exactly once whatever is lost in between: the entry of a number has the same id whenever the job gets to it. */
export class NumberedEntries {
  readonly #first: number;
  #next: number;

  /** @param next The number of the first entry that is not known to be added. */
  constructor(
    private readonly needs: Adding,
    private readonly owner: Actor,
    private readonly jobId: string,
    next: number,
  ) {
    this.#first = next;
    this.#next = next;
  }

  /** How many there are. */
  get count(): number {
    return this.#next;
  }

  /** At most {@link ENTRIES_AT_ONCE}. @throws {AppError} as `createArchiveEntries` does. */
  async add(texts: readonly EntryFields[]): Promise<void> {
    const numbered = texts.map((text, place) => ({ text, id: entryIdOf(this.jobId, this.#next + place) }));
    const known = await this.#knownOf(numbered.map(({ id }) => id));
    const missing = numbered.filter(({ id }) => !known.has(id));
    const ids = missing.map(({ id }) => id)[Symbol.iterator]();
    const newId = (): string => ids.next().value ?? '';
    await createArchiveEntries(
      { ...this.needs, newId },
      this.owner,
      missing.map(({ text }) => text),
    );
    this.#next += texts.length;
  }

  /** Those that are there already. Only what comes first can be: later changes were not begun before. */
  async #knownOf(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (this.#next >= this.#first + ENTRIES_AT_ONCE) return new Set();
    // A process that has lost the job may have been in the middle of adding these.
    await this.needs.archive.settle(this.owner.id, ids);
    const found = await this.needs.archive.findMany(this.owner.id, ids);
    return new Set(found.map(({ id }) => id));
  }
}

/** Whoever the job works for, with the rights that they have now. @throws {AppError} FORBIDDEN if there is no such user any more. */
export async function ownerOf({ users }: Pick<Needs, 'users'>, ownerId: string): Promise<User> {
  const owner = await users.find(ownerId);
  if (!owner) throw new AppError('FORBIDDEN', 'There is no such user any more.');
  return owner;
}
