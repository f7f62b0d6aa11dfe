import { AppError } from '../../../base/errors.js';
import type { Needs } from '../../needs.js';
import type { ArchiveIndex } from '../archive-index.js';
import { HeldIndexes } from '../held-indexes.js';
import type { IndexMemory } from '../index-memory.js';
import { UNRELATED_TEXTS, noiseOf, type Noise } from './noise.js';
import { openKnownSpace, type Embedding, type OpenSpace } from './open-space.js';
import { VectorIndex, type VectorHit } from './vector-index.js';
import type { VectorState } from './vector-store.js';
import type { WantedSpace } from './wanted-space.js';

/** Entries whose vectors are read at a time. */
const PAGE_SIZE = 200;

/** So many more entries than twice those that there are may lie in an index before those that are gone are let go of. */
const SPARE_ENTRIES = 1_000;

/** Milliseconds that searches do without a space whose service has failed, so that not all of them wait for it. */
const REST_MS = 2_000;

const OTHER_LENGTH =
  'a search goes without vectors: under the name of this model the service answers with longer or shorter ones than before';

/** What knows which entries there are. It is at least as new as the vectors that are held. */
type Words = Pick<ArchiveIndex, 'entryCount' | 'filter'>;

type Held = {
  index: VectorIndex;
  /** The key of the space that its vectors are of; null before it was read. */
  space: string | null;
  sequence: number;
};

/** An archive as it is searched by vectors, with the question. */
export type AskedVectors = {
  /** Best first. @param accepts Whether an entry may be found at all. */
  search(limit: number, accepts: (entryId: string) => boolean): (VectorHit & { readonly score: number })[];
};

type Asking = Embedding & Pick<Needs, 'archiveVectors' | 'settings' | 'log'>;

/** The vectors of the archives that were searched last, each by its owner, as many as the memory has room for, brought up to date at each search. */
export class ArchiveVectors {
  readonly #held: HeldIndexes<Held>;
  readonly #noise = new Map<string, Noise>();
  /** When a space is asked again that has failed. */
  readonly #restUntil = new Map<string, number>();
  readonly #needs: Asking;
  readonly #wanted: Pick<WantedSpace, 'open'>;
  readonly #onBehind: (ownerId: string) => void;

  /** @param onBehind Told of an archive that is not in the wanted space yet. */
  constructor(
    needs: Asking,
    memory: IndexMemory,
    wanted: Pick<WantedSpace, 'open'>,
    onBehind: (ownerId: string) => void,
  ) {
    this.#needs = needs;
    this.#held = new HeldIndexes(memory, 'vectors', () => ({ index: new VectorIndex(), space: null, sequence: -1 }));
    this.#wanted = wanted;
    this.#onBehind = onBehind;
  }

  /**
   * The archive with the question turned into a vector, for a search of `words`; null where there are no vectors, or the service fails, or it or reading takes longer than
   * `settings.archive.vectorTimeoutMs`. Never rejects because of a service.
   */
  async ask(ownerId: string, query: string, words: Words): Promise<AskedVectors | null> {
    const wanted = await this.#wanted.open();
    if (wanted === null) return null;
    const state = await this.#needs.archiveVectors.readState(ownerId);
    if (state.done?.space !== wanted.key) this.#onBehind(ownerId);
    const { answering } = state;
    if (answering === null) return null;
    const space = answering.key === wanted.key ? wanted : await openKnownSpace(this.#needs, answering);
    if (space === null || performance.now() < (this.#restUntil.get(space.key) ?? 0)) return null;
    const timeout = AbortSignal.timeout(this.#needs.settings.archive.vectorTimeoutMs);
    const opening = this.#open(ownerId, space.key, state, words);
    opening.catch((error: unknown) => this.#needs.log.warn({ ownerId, error }, 'vectors could not be read'));
    const asked = await this.#embed(ownerId, space, query, timeout);
    const index = asked && (await this.#unlessLate(opening, timeout));
    if (asked === null || index === null) return null;
    if (!index.fits(asked.vector)) {
      this.#needs.log.warn({ ownerId, modelId: space.modelId }, OTHER_LENGTH);
      return null;
    }
    return { search: (limit, accepts) => bestOf(index, asked, limit, accepts) };
  }

  /** Null once the time is up: a large archive is read to its end all the same, for the searches after this one. */
  async #unlessLate(opening: Promise<VectorIndex>, timeout: AbortSignal): Promise<VectorIndex | null> {
    if (timeout.aborted) return null;
    const late = new Promise<null>((resolve) => timeout.addEventListener('abort', () => resolve(null), { once: true }));
    return Promise.race([opening, late]);
  }

  /** With the first question of a space, some texts are asked for that have nothing in common, to know what likeness says nothing in it. */
  async #embed(ownerId: string, space: OpenSpace, query: string, timeout: AbortSignal): Promise<Asked | null> {
    const known = this.#noise.get(space.key);
    try {
      const texts = known === undefined ? [query, ...UNRELATED_TEXTS] : [query];
      const [vector, ...unrelated] = await space.embed(ownerId, texts, timeout);
      if (vector === undefined) return null;
      const noise = known ?? noiseOf(unrelated);
      this.#noise.set(space.key, noise);
      return { vector, noise };
    } catch (error) {
      if (!timeout.aborted && !(error instanceof AppError)) throw error;
      // What fails for one user only, such as a budget, is nothing to the others.
      if (timeout.aborted || (error instanceof AppError && error.code.startsWith('UPSTREAM_')))
        this.#restUntil.set(space.key, performance.now() + REST_MS);
      this.#needs.log.warn({ error }, 'a search goes without vectors');
      return null;
    }
  }

  async #open(ownerId: string, space: string, state: VectorState, words: Words): Promise<VectorIndex> {
    const held = this.#held.use(ownerId);
    if (held.space !== space) Object.assign(held, { index: new VectorIndex(), space, sequence: -1 });
    if (held.index.entryCount > 2 * words.entryCount + SPARE_ENTRIES)
      held.index.retain(words.filter({ categories: null, tags: [] }));
    if (held.sequence < state.sequence) {
      await this.#held.inTurn(ownerId, () => this.#catchUp(held, ownerId, space, state.sequence));
      this.#held.weigh(ownerId, held, held.index.byteLength);
    }
    return held.index;
  }

  /** Others may have brought it further meanwhile. */
  async #catchUp(held: Held, ownerId: string, space: string, sequence: number): Promise<void> {
    if (held.space !== space) return;
    const { index } = held;
    for (let since = held.sequence; since < sequence;) {
      const page = await this.#needs.archiveVectors.list(ownerId, space, since, PAGE_SIZE);
      for (const vectors of page) index.put(vectors);
      if (page.length < PAGE_SIZE) break;
      since = (page.at(-1)?.sequence ?? sequence) - 1;
    }
    if (held.index === index) held.sequence = Math.max(held.sequence, sequence);
  }
}

type Asked = { readonly vector: Float32Array; readonly noise: Noise };

function bestOf(
  index: VectorIndex,
  { vector, noise: { mean, floor } }: Asked,
  limit: number,
  accepts: (entryId: string) => boolean,
): (VectorHit & { readonly score: number })[] {
  return index
    .search(vector, { floor, limit }, accepts)
    .map((hit) => ({ ...hit, score: Math.min(1, (hit.likeness - mean) / (1 - mean)) }));
}
