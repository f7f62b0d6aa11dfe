import { randomUUID } from 'node:crypto';
import { AppError } from '../../../base/errors.js';
import { backoffMs, pause } from '../../../base/retry.js';
import { MAX_TEXTS_PER_CALL } from '../../models/embedding-model.js';
import type { Needs } from '../../needs.js';
import { cutPieces, type TextRange } from '../analysis/cut-pieces.js';
import type { ArchiveEntry } from '../archive-entry.js';
import type { OpenSpace } from './open-space.js';
import { entryVectors } from './vector-index.js';
import type { VectorLease, VectorState } from './vector-store.js';
import type { WantedSpace } from './wanted-space.js';

/** Entries that are compared with their vectors at a time, and of which contents are in memory at a time. */
const PAGE_SIZE = 100;
const READ_AT_ONCE = 8;

/** Milliseconds that a lost process keeps others from going on; longer than one call takes with its retries. */
const LEASE_MS = 30_000;
const CALL_TIMEOUT_MS = 25_000;

/** No model takes less. */
const MIN_TEXT_CHARS = 100;

/** Milliseconds between two looks for archives that nobody told of. */
const SWEEP_EVERY_MS = 60_000;

/** Milliseconds that an archive waits after a failure: more each time, a quarter of an hour at most. */
const RETRY = { baseMs: 2_000, capMs: 900_000 };

/** Milliseconds until an archive is looked at again that has changed meanwhile, or that another process is at. */
const BEHIND_MS = 100;
const BUSY_MS = 2_000;

type Working = Pick<Needs, 'archive' | 'archiveVectors' | 'clock' | 'log'>;

/**
 * Gives entries their vectors, in the background: one archive at a time, of those that it was told of or found lacking. What a lost process has left is found again, and
 * of several processes one works on an archive. Nothing waits for it.
 */
export class ArchiveEmbedder {
  readonly #needs: Working;
  readonly #wanted: Pick<WantedSpace, 'open'>;
  readonly #holder: string;
  readonly #due = new Set<string>();
  /** Archives that have to wait, and how often in a row they have failed. */
  readonly #waiting = new Map<string, { failures: number; notBefore: number }>();
  readonly #stopped = new AbortController();
  #bell: () => void = () => undefined;
  #working: Promise<void> = Promise.resolve();

  /** @param isAlone No other process can be at it: what a killed one held is free at once. */
  constructor(needs: Working, wanted: Pick<WantedSpace, 'open'>, { isAlone }: { isAlone: boolean }) {
    this.#needs = needs;
    this.#holder = isAlone ? 'alone' : randomUUID();
    this.#wanted = wanted;
  }

  start(): void {
    this.#working = this.#work();
  }

  /** Something of the archive has changed, or lacks vectors. */
  wake(ownerId: string): void {
    this.#due.add(ownerId);
    this.#bell();
  }

  /** Ends what it is at; the rest is found at the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#bell();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopped;
    for (let sweepAt = 0; !signal.aborted;) {
      try {
        if (performance.now() >= sweepAt) {
          sweepAt = performance.now() + SWEEP_EVERY_MS;
          await this.#sweep();
        }
        const space = this.#due.size > 0 ? await this.#wanted.open() : null;
        if (space === null) this.#due.clear();
        else await this.#workOn(space);
      } catch (error) {
        if (!signal.aborted) this.#needs.log.warn({ error }, 'archives could not be searched for missing vectors');
      }
      await this.#rest(sweepAt - performance.now());
    }
  }

  async #workOn(space: OpenSpace): Promise<void> {
    const { signal } = this.#stopped;
    for (const ownerId of Array.from(this.#due)) {
      const { failures = 0, notBefore = 0 } = this.#waiting.get(ownerId) ?? {};
      if (signal.aborted) return;
      if (performance.now() < notBefore) continue;
      this.#due.delete(ownerId);
      this.#waiting.delete(ownerId);
      try {
        const outcome = await this.#embedArchive(ownerId, space);
        if (outcome !== 'DONE') this.#putOff(ownerId, 0, outcome === 'BUSY' ? BUSY_MS : BEHIND_MS);
      } catch (error) {
        if (signal.aborted) return;
        this.#putOff(ownerId, failures + 1, 1_000 + backoffMs(failures + 1, RETRY));
        this.#needs.log.warn({ ownerId, error }, 'entries have no vectors yet; it is tried again');
      }
    }
  }

  #putOff(ownerId: string, failures: number, milliseconds: number): void {
    this.#due.add(ownerId);
    this.#waiting.set(ownerId, { failures, notBefore: performance.now() + milliseconds });
  }

  /** Until it is woken or the time of an archive has come; at most so many milliseconds. */
  async #rest(atMost: number): Promise<void> {
    const now = performance.now();
    const times = [...this.#due].map((ownerId) => (this.#waiting.get(ownerId)?.notBefore ?? now) - now);
    const woken = new AbortController();
    this.#bell = () => woken.abort();
    const signal = AbortSignal.any([this.#stopped.signal, woken.signal]);
    // Being woken is a reason to go on, and no failure.
    await pause(Math.max(0, Math.min(atMost, ...times)), signal).catch(() => undefined);
    this.#bell = () => undefined;
  }

  /** Archives that are behind, or in another space. Reads no entries. */
  async #sweep(): Promise<void> {
    const space = await this.#wanted.open();
    if (space === null) return;
    for (let after: string | null = null; ;) {
      const page = await this.#needs.archive.listRevisions(PAGE_SIZE, after);
      const states = await this.#needs.archiveVectors.readStates(page.map(({ ownerId }) => ownerId));
      for (const { ownerId, revision } of page) {
        if (!isDone(states.get(ownerId), space, revision)) this.#due.add(ownerId);
      }
      after = page.at(-1)?.ownerId ?? null;
      if (after === null) return;
    }
  }

  /** BUSY: another process is at it. BEHIND: it has changed meanwhile. */
  async #embedArchive(ownerId: string, space: OpenSpace): Promise<'DONE' | 'BUSY' | 'BEHIND'> {
    const { archive, archiveVectors } = this.#needs;
    const { revision } = await archive.readState(ownerId);
    if (isDone(await archiveVectors.readState(ownerId), space, revision)) return 'DONE';
    const lease = { ownerId, holder: this.#holder };
    if (!(await this.#renew(lease))) return 'BUSY';
    try {
      const state = await archiveVectors.readState(ownerId);
      // A first space answers from its first vectors on: there is no other one to wait for.
      if (state.answering === null) await archiveVectors.answerIn(lease, { key: space.key, modelId: space.modelId });
      const changed = state.done?.space === space.key ? await archive.changedSince(ownerId, state.done.revision) : null;
      if (changed === null) await this.#compareAll(lease, space);
      else await this.#compareSome(lease, space, changed.ids);
      const done = changed?.revision ?? revision;
      await archiveVectors.finish(lease, { key: space.key, modelId: space.modelId }, done);
      return (await archive.readState(ownerId)).revision === done ? 'DONE' : 'BEHIND';
    } finally {
      await archiveVectors.release(lease);
    }
  }

  async #compareAll(lease: VectorLease, space: OpenSpace): Promise<void> {
    const { ownerId } = lease;
    const { archive, archiveVectors } = this.#needs;
    for (let after: string | null = null; ;) {
      const page: readonly { id: string; version: number }[] = await archive.listVersions(ownerId, PAGE_SIZE, after);
      const ids = page.map(({ id }) => id);
      const last = ids.at(-1) ?? null;
      await archiveVectors.prune(ownerId, { after, last, kept: ids });
      if (last === null) return;
      await this.#giveVectors(lease, space, await this.#lacking(ownerId, space, page));
      after = last;
    }
  }

  async #compareSome(lease: VectorLease, space: OpenSpace, ids: readonly string[]): Promise<void> {
    const { ownerId } = lease;
    const { archive, archiveVectors } = this.#needs;
    for (let at = 0; at < ids.length; at += PAGE_SIZE) {
      const some = ids.slice(at, at + PAGE_SIZE);
      const living = await archive.findVersions(ownerId, some);
      const gone = some.filter((id) => !living.some((entry) => entry.id === id));
      if (gone.length > 0) await archiveVectors.delete(ownerId, gone);
      await this.#giveVectors(lease, space, await this.#lacking(ownerId, space, living));
    }
  }

  async #lacking(
    ownerId: string,
    { key }: OpenSpace,
    entries: readonly { id: string; version: number }[],
  ): Promise<string[]> {
    const known = await this.#needs.archiveVectors.versionsOf(
      ownerId,
      key,
      entries.map(({ id }) => id),
    );
    return entries.filter(({ id, version }) => known.get(id) !== version).map(({ id }) => id);
  }

  async #giveVectors(lease: VectorLease, space: OpenSpace, ids: readonly string[]): Promise<void> {
    const { archive, archiveVectors } = this.#needs;
    for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
      const entries = await archive.findMany(lease.ownerId, ids.slice(at, at + READ_AT_ONCE));
      const passages = entries.flatMap(passagesOf);
      const vectors: Float32Array[] = [];
      for (let first = 0; first < passages.length; first += MAX_TEXTS_PER_CALL) {
        if (!(await this.#renew(lease))) throw takenOver();
        const texts = passages.slice(first, first + MAX_TEXTS_PER_CALL).map(({ text }) => text);
        vectors.push(...(await this.#embed(lease.ownerId, space, texts)));
      }
      const pieces = passages.flatMap((passage, number) => {
        const vector = vectors[number];
        return vector ? [{ ...passage, vector }] : [];
      });
      const packed = entries.map(({ id, version }) =>
        entryVectors(
          { entryId: id, version },
          pieces.filter(({ entryId }) => entryId === id),
        ),
      );
      if (!(await archiveVectors.write(lease, space.key, packed))) throw takenOver();
    }
  }

  /** Of texts that are too long for the model, the beginnings. */
  async #embed(ownerId: string, space: OpenSpace, texts: readonly string[]): Promise<readonly Float32Array[]> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
    try {
      return await space.embed(ownerId, texts, signal);
    } catch (error) {
      const half = Math.ceil(Math.max(...texts.map(({ length }) => length)) / 2);
      if (!(error instanceof AppError) || error.details.isTooLong !== true || half < MIN_TEXT_CHARS) throw error;
      return this.#embed(
        ownerId,
        space,
        texts.map((text) => text.slice(0, half).toWellFormed()),
      );
    }
  }

  #renew(lease: VectorLease): Promise<boolean> {
    const now = this.#needs.clock.now();
    return this.#needs.archiveVectors.lease(lease, now, new Date(now.getTime() + LEASE_MS));
  }
}

const takenOver = (): Error => new Error('Another process has taken the archive over.');

function isDone(state: VectorState | undefined, { key }: OpenSpace, revision: number): boolean {
  return revision === 0 || (state?.done?.space === key && state.done.revision === revision);
}

/** What is told of each piece of an entry: what it is called, then what it says. */
function passagesOf({ id, title, summary, content }: ArchiveEntry): (TextRange & { entryId: string; text: string })[] {
  const head = [title, summary].filter((line) => line !== '').join('\n');
  return cutPieces(content).map(({ start, end }) => {
    const text = `${head}\n${content.slice(start, end)}`.trim();
    return { entryId: id, start, end, text };
  });
}
