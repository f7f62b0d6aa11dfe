import type { Needs } from '../needs.js';
import { analyzeEntry } from './analysis/analyze-entry.js';
import { analyzerVersion } from './analysis/text-terms.js';
import { ArchiveIndex } from './archive-index.js';
import type { ArchiveState } from './archive-store.js';
import { HeldIndexes } from './held-indexes.js';
import { IndexCache } from './index-cache.js';
import type { IndexMemory } from './index-memory.js';
import type { IndexedEntry } from './index/build-segment.js';

/** Entries whose tokens are read at a time. */
const PAGE_SIZE = 100;

/** Entries that are read with their contents at a time, to be analysed anew. */
const REANALYZED_AT_ONCE = 20;

/** Bytes that an index takes beside its arrays, about. */
const BYTES_AROUND_INDEX = 2_048;

/** An index with how far it has come. */
type Held = {
  index: ArchiveIndex;
  /** Null before it was built. */
  revision: number | null;
  /** The revision that the blob store keeps, or that could not be kept there; null for none, or where that is not known. */
  keptRevision: number | null;
};

type Indexing = Pick<Needs, 'archive' | 'morphemes' | 'blobs' | 'indexObjects' | 'clock' | 'newId' | 'log'>;

/**
 * Indexes of the archives that were searched last, each by its owner, as many as the memory has room for. An index is built of stored tokens when it is first
 * needed; later only what has changed is read. What another process changed is known as soon as it can be read.
 */
export class ArchiveIndexes {
  readonly #held: HeldIndexes<Held>;
  readonly #needs: Indexing;
  readonly #cache: IndexCache;
  readonly #version: string;

  constructor(needs: Indexing, memory: IndexMemory) {
    this.#needs = needs;
    this.#held = new HeldIndexes(memory, 'archive', () => ({
      index: new ArchiveIndex(),
      revision: null,
      keptRevision: null,
    }));
    this.#cache = new IndexCache(needs);
    this.#version = analyzerVersion(needs.morphemes);
  }

  /** The index of an archive, as it is now. Where nothing has changed it costs one small read. */
  async open(ownerId: string): Promise<ArchiveIndex> {
    const state = await this.#needs.archive.readState(ownerId);
    const held = this.#held.use(ownerId);
    if (held.revision !== state.revision || state.unsettled.length > 0) {
      await this.#held.inTurn(ownerId, () => this.#bringUp(held, ownerId, state));
      this.#weigh(ownerId, held);
      this.#tidyLater(ownerId, held);
      this.#keepLater(ownerId, held);
    }
    return held.index;
  }

  /** Others may have brought it further meanwhile. */
  async #bringUp(held: Held, ownerId: string, { revision, unsettled }: ArchiveState): Promise<void> {
    if (held.revision === null) await this.#build(held, ownerId, revision);
    else if (held.revision < revision) {
      const changed = await this.#needs.archive.changedSince(ownerId, held.revision);
      if (changed === null) await this.#build(held, ownerId, revision);
      else {
        await this.#refresh(held.index, ownerId, changed.ids);
        held.revision = changed.revision;
      }
    }
    await this.#refresh(held.index, ownerId, unsettled);
  }

  async #build(held: Held, ownerId: string, revision: number): Promise<void> {
    if (!(await this.#readKept(held, ownerId))) await this.#buildFromTokens(held, ownerId, revision);
  }

  /** Reads what the blob store keeps, and what has changed since. False where that is not to be had. */
  async #readKept(held: Held, ownerId: string): Promise<boolean> {
    const object = await this.#cache.find(ownerId);
    const changed = object && (await this.#needs.archive.changedSince(ownerId, object.revision));
    const index = object && changed && (await this.#cache.read(ownerId, object));
    if (!object || !changed || !index) return false;
    await this.#refresh(index, ownerId, changed.ids);
    held.index = index;
    held.revision = changed.revision;
    held.keptRevision = object.revision;
    return true;
  }

  async #buildFromTokens(held: Held, ownerId: string, revision: number): Promise<void> {
    const index = new ArchiveIndex();
    let after: string | null = null;
    for (;;) {
      const page = await this.#needs.archive.listTokens(ownerId, PAGE_SIZE, after);
      const last = page.at(-1);
      if (!last) break;
      await index.add(await this.#withCurrentTokens(ownerId, page));
      after = last.id;
    }
    held.index = index;
    held.revision = revision;
  }

  async #refresh(index: ArchiveIndex, ownerId: string, ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += PAGE_SIZE) {
      const some = ids.slice(at, at + PAGE_SIZE);
      const found = await this.#withCurrentTokens(ownerId, await this.#needs.archive.findTokens(ownerId, some));
      await index.add(found);
      const living = new Set(found.map(({ id }) => id));
      for (const id of some) if (!living.has(id)) index.remove(id);
    }
  }

  /** Tokens that another version of the analyzer made do not fit the questions of this one: those entries are read and analysed anew, once for all processes. */
  async #withCurrentTokens(ownerId: string, page: readonly IndexedEntry[]): Promise<IndexedEntry[]> {
    const { archive, morphemes } = this.#needs;
    const stale = page.filter(({ tokens }) => tokens.version !== this.#version).map(({ id }) => id);
    const fresh = page.filter(({ tokens }) => tokens.version === this.#version);
    for (let at = 0; at < stale.length; at += REANALYZED_AT_ONCE) {
      for (const entry of await archive.findMany(ownerId, stale.slice(at, at + REANALYZED_AT_ONCE))) {
        const { id, version, category, tags } = entry;
        const tokens = await analyzeEntry(morphemes, entry);
        await archive.refreshTokens(ownerId, id, version, tokens);
        fresh.push({ id, category, tags, tokens });
      }
    }
    return fresh;
  }

  #weigh(ownerId: string, held: Held): void {
    this.#held.weigh(ownerId, held, held.index.byteLength + BYTES_AROUND_INDEX);
  }

  #tidyLater(ownerId: string, held: Held): void {
    const { index } = held;
    if (!index.isUntidy) return;
    index
      .tidy()
      .then(() => this.#weigh(ownerId, held))
      .catch((error: unknown) => this.#needs.log.error({ ownerId, error }, 'an archive index could not be merged'));
  }

  #keepLater(ownerId: string, held: Held): void {
    const { index, revision, keptRevision } = held;
    if (revision === null || !this.#cache.isDue(index, revision, keptRevision)) return;
    void this.#cache.keep(ownerId, index, revision).then((kept) => (held.keptRevision = kept));
  }
}
