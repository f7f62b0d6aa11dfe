import { setTimeout as sleep } from 'node:timers/promises';
import type { Query } from './analysis/analyze-query.js';
import { buildSegment, type IndexedEntry } from './index/build-segment.js';
import { isMergeDue, smallestDue } from './index/due-merge.js';
import { readParts, writeParts } from './index/index-file.js';
import { mergeSegments, type Mergeable, type Merged } from './index/merge-segments.js';
import { livingCount, livingEntry, partOf, withoutEntry, type Part } from './index/part.js';
import type { Segment } from './index/segment.js';
import { entryFilter } from './index/entry-filter.js';
import { rank, type SearchHit, type SearchOptions } from './ranking/rank.js';

/** Postings that are packed together, or merged at once: some tens of milliseconds where each is of another term. Larger merges wait for `tidy`. */
const MAX_POSTINGS_AT_ONCE = 40_000;

/** Milliseconds of large work before others get their turn. */
const TURN_MS = 4;

/** Milliseconds that others get then: a request may need the event loop several times. Somebody waits for what is added, and nobody for a merge. */
const REST_OF_ADDING_MS = 1;
const REST_OF_MERGING_MS = 4;

/**
 * The search index of one user's archive: packed parts that never change, the newest and smallest last, and for each the entries that
 * were deleted from it. Made from stored tokens, and never the truth: it can be thrown away at any time.
 */
export class ArchiveIndex {
  #parts: Part[] = [];
  #isTidying = false;
  /** Segments that `tidy` is at work on. */
  readonly #merging = new Set<Segment>();

  /**
   * An index as `toChunks` wrote it, over the same memory.
   *
   * @throws {RangeError} if the bytes are damaged, or written by another version of the index or under another `analyzerVersion`.
   */
  static fromBuffer(bytes: Uint8Array, analyzerVersion: string): ArchiveIndex {
    const index = new ArchiveIndex();
    index.#parts = readParts(bytes, analyzerVersion);
    return index;
  }

  /** All bytes, in chunks that go on being as they are now. @param analyzerVersion That of the tokens in it: what is read back must be searched with the same terms. */
  toChunks(analyzerVersion: string): Uint8Array[] {
    return writeParts(this.#parts, analyzerVersion);
  }

  /** How many entries can be found. */
  get entryCount(): number {
    return this.#parts.reduce((sum, part) => sum + livingCount(part), 0);
  }

  /** How much memory the index holds, in bytes. */
  get byteLength(): number {
    return this.#parts.reduce((sum, { segment, deleted }) => sum + segment.bytes.byteLength + deleted.byteLength, 0);
  }

  /**
   * Adds entries, and gives way to others all the while; one whose id is known replaces what was known. Of two with the same id the last counts.
   * One `add` at a time; what is removed meanwhile may come back if it is among the entries.
   */
  async add(entries: readonly IndexedEntry[]): Promise<void> {
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    for (const some of partsOf([...byId.values()])) {
      const segment = await inTurns(buildSegment(some), REST_OF_ADDING_MS);
      for (const { id } of some) this.remove(id);
      this.#parts.push(partOf(segment));
      this.#mergeSmallParts();
    }
  }

  /** Whether the entry was there. */
  remove(entryId: string): boolean {
    for (const [at, part] of this.#parts.entries()) {
      const entry = livingEntry(part, entryId);
      if (entry < 0) continue;
      this.#parts[at] = withoutEntry(part, entry);
      return true;
    }
    return false;
  }

  /** The best entries, best first; an empty list if nothing matches. */
  search(query: Query, options: SearchOptions): SearchHit[] {
    return rank(this.#parts, query, options);
  }

  /** Whether an entry is there, of one of the categories (null: any), with all of the tags. Good until something is added or removed. */
  filter(wanted: { categories: readonly string[] | null; tags: readonly string[] }): (entryId: string) => boolean {
    const filters = this.#parts.map((part) => entryFilter(part, wanted));
    return (entryId) => filters.some((accepts) => accepts(entryId));
  }

  /** Whether `tidy` has something to do. */
  get isUntidy(): boolean {
    return smallestDue(this.#parts) >= 0;
  }

  /** Merges what has become too many parts, or too full of deleted entries, and gives way to others all the while. Searches go on. */
  async tidy(): Promise<void> {
    if (this.#isTidying) return;
    this.#isTidying = true;
    try {
      for (let at = smallestDue(this.#parts); at >= 0; at = smallestDue(this.#parts)) await this.#mergeInTurns(at);
    } finally {
      this.#isTidying = false;
    }
  }

  #mergeSmallParts(): void {
    for (;;) {
      const at = this.#parts.length - 2;
      const pair = this.#parts.slice(-2);
      const postings = pair.reduce((sum, { segment }) => sum + segment.postingPieces.length, 0);
      const isTaken = pair.some(({ segment }) => this.#merging.has(segment));
      if (pair.length < 2 || isTaken || postings > MAX_POSTINGS_AT_ONCE || !isMergeDue(this.#parts, at)) return;
      const merge = this.#startMerge(at);
      merge.finish(atOnce(merge.steps));
    }
  }

  async #mergeInTurns(at: number): Promise<void> {
    const merge = this.#startMerge(at);
    merge.finish(await inTurns(merge.steps, REST_OF_MERGING_MS));
  }

  /** Of the part at `at` and the one after it, or of the part alone if it is the last. */
  #startMerge(at: number): { steps: Generator<void, Merged>; finish: (merged: Merged) => void } {
    const pair = this.#parts.slice(at, at + 2);
    const [first = NOTHING, second = NOTHING] = pair;
    for (const { segment } of pair) this.#merging.add(segment);
    const finish = ({ segment, entries }: Merged): void => {
      const deleted = new Uint8Array(segment.entryCount);
      copyFlags(first.deleted, entries[0], deleted);
      copyFlags(second.deleted, entries[1], deleted);
      const place = this.#parts.findIndex((part) => part.segment === first.segment);
      this.#parts.splice(place, pair.length, ...(segment.entryCount > 0 ? [partOf(segment, deleted)] : []));
      for (const { segment } of pair) this.#merging.delete(segment);
    };
    return { steps: mergeSegments(mergeable(first), mergeable(second)), finish };
  }
}

const NOTHING: Part = partOf(atOnce(buildSegment([])));

function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

async function inTurns<T>(steps: Generator<void, T>, restMs: number): Promise<T> {
  for (let turnEnds = performance.now() + TURN_MS; ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() < turnEnds) continue;
    await sleep(restMs);
    turnEnds = performance.now() + TURN_MS;
  }
}

/** Entries that are packed together; one of very many postings stands alone. */
function partsOf(entries: readonly IndexedEntry[]): IndexedEntry[][] {
  const parts: IndexedEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const postings = entry.tokens.pieces.reduce((sum, { counts }) => sum + counts.length, 0);
    if (parts.length === 0 || postings > room) {
      parts.push([]);
      room = MAX_POSTINGS_AT_ONCE;
    }
    parts.at(-1)?.push(entry);
    room -= postings;
  }
  return parts;
}

function mergeable({ segment, deleted }: Part): Mergeable {
  return { segment, isAlive: (entry) => deleted[entry] === 0 };
}

/** What was deleted while the merge went on is deleted in what it made. */
function copyFlags(flags: Uint8Array, numbers: Int32Array, into: Uint8Array): void {
  for (const [entry, number] of numbers.entries()) {
    if (number >= 0) into[number] = flags[entry] ?? 0;
  }
}
