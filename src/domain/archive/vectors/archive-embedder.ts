import { randomUUID } from 'node:crypto';
import { backoffMs, pause } from '../../../base/retry.js';
import { ArchivePasses, isDone, type Passing } from './archive-passes.js';
import type { OpenSpace } from './open-space.js';
import type { WantedSpace } from './wanted-space.js';

/** Archives whose revisions are read at a time. */
const PAGE_SIZE = 100;

/** Milliseconds between two looks for archives that nobody told of. */
const SWEEP_EVERY_MS = 60_000;

/** Milliseconds that an archive waits after a failure: more each time, a quarter of an hour at most. */
const RETRY = { baseMs: 2_000, capMs: 900_000 };

/** Milliseconds until an archive is looked at again that another process is at. */
const BUSY_MS = 2_000;

/** Milliseconds in which nothing is tried after it could not be found out what there is to do. */
const LOOK_AGAIN_MS = 2_000;

/** Times that an archive fails in a row before what fails of it alone, while the service works, is left without vectors. */
const FAILURES_BEFORE_PARKING = 3;

/**
 * Gives entries their vectors, in the background: some of one archive at a time, of those that it was told of or found lacking. What a lost process has left is found
 * again, and of several processes one works on an archive. Nothing waits for it.
 */
export class ArchiveEmbedder {
  readonly #needs: Passing;
  readonly #wanted: Pick<WantedSpace, 'open'>;
  readonly #due = new Set<string>();
  /** Archives that have to wait, and how often in a row they have failed. */
  readonly #waiting = new Map<string, { failures: number; notBefore: number }>();
  readonly #stopped = new AbortController();
  readonly #passes: ArchivePasses;
  #bell: () => void = () => undefined;
  #working: Promise<void> = Promise.resolve();

  /** @param isAlone No other process can be at it: what a killed one held is free at once. */
  constructor(needs: Passing, wanted: Pick<WantedSpace, 'open'>, { isAlone }: { isAlone: boolean }) {
    this.#needs = needs;
    this.#wanted = wanted;
    this.#passes = new ArchivePasses(needs, isAlone ? 'alone' : randomUUID(), this.#stopped.signal);
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
        // It may fail at once, and for as long as an operator needs.
        await restFor(LOOK_AGAIN_MS, signal);
      }
      await this.#rest(sweepAt - performance.now());
    }
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

  /** A part of each archive that is due, so that a large one keeps no other waiting for long. */
  async #workOn(space: OpenSpace): Promise<void> {
    const { signal } = this.#stopped;
    for (const ownerId of Array.from(this.#due)) {
      const { failures = 0, notBefore = 0 } = this.#waiting.get(ownerId) ?? {};
      if (signal.aborted) return;
      if (performance.now() < notBefore) continue;
      this.#due.delete(ownerId);
      this.#waiting.delete(ownerId);
      try {
        const outcome = await this.#passes.make(ownerId, space, { mayPark: failures >= FAILURES_BEFORE_PARKING });
        if (outcome !== 'DONE') this.#due.add(ownerId);
        if (outcome === 'BUSY') this.#waitFor(ownerId, 0, BUSY_MS);
      } catch (error) {
        if (signal.aborted) return;
        this.#due.add(ownerId);
        this.#waitFor(ownerId, failures + 1, 1_000 + backoffMs(failures + 1, RETRY));
        this.#needs.log.warn({ ownerId, error }, 'entries have no vectors yet; it is tried again');
      }
    }
  }

  #waitFor(ownerId: string, failures: number, milliseconds: number): void {
    this.#waiting.set(ownerId, { failures, notBefore: performance.now() + milliseconds });
  }

  /** Until it is woken or the time of an archive has come; at most so many milliseconds. */
  async #rest(atMost: number): Promise<void> {
    const now = performance.now();
    const times = [...this.#due].map((ownerId) => (this.#waiting.get(ownerId)?.notBefore ?? now) - now);
    const woken = new AbortController();
    this.#bell = () => woken.abort();
    const signal = AbortSignal.any([this.#stopped.signal, woken.signal]);
    await restFor(Math.max(0, Math.min(atMost, ...times)), signal);
    this.#bell = () => undefined;
  }
}

/** Being woken or stopped is a reason to go on, and no failure. */
function restFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return pause(milliseconds, signal).catch(() => undefined);
}
