import { EngineError } from '../errors.js';
import { namedStorageFailure } from './storage-failures.js';
import type { Store } from './store.js';

type QueuedWrite = { work: () => unknown; resolve: (value: unknown) => void; reject: (reason: unknown) => void };

/** What work came to; told only after the commit. */
type Outcome = () => void;

/**
 * Gathers the writes that one turn of the event loop brings, and what has come meanwhile, and commits them together: one transaction and one wait for the
 * disk for all of them. A write is answered when it is on the disk.
 */
export class GroupCommit {
  #queue: QueuedWrite[] = [];

  constructor(readonly store: Store) {}

  /**
   * Runs `work` inside the next transaction. An {@link EngineError} that it throws is its own: what it wrote before stays, and
   * the others go on. Any other error undoes everything that `work` did.
   */
  write<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#queue.length === 0) this.#commitSoon();
      this.#queue.push({ work, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** Waits for two turns: what was sent side by side with the first write comes in by then, and a commit of its own would cost more than all else about it. */
  #commitSoon(): void {
    setImmediate(() => setImmediate(() => this.#commit()));
  }

  #commit(): void {
    const writes = this.#queue;
    this.#queue = [];
    try {
      this.#commitTogether(writes);
    } catch (error) {
      const [only] = writes;
      if (writes.length === 1) only?.reject(namedStorageFailure(error));
      // One of them spoiled it for all: each alone, so that the others are answered as if it had not been there.
      else for (const write of writes) this.#commitAlone(write);
    }
  }

  #commitTogether(writes: readonly QueuedWrite[]): void {
    const outcomes = this.store.transaction(() => writes.map(outcomeOf));
    for (const tell of outcomes) tell();
  }

  #commitAlone(write: QueuedWrite): void {
    try {
      this.#commitTogether([write]);
    } catch (error) {
      write.reject(namedStorageFailure(error));
    }
  }
}

function outcomeOf({ work, resolve, reject }: QueuedWrite): Outcome {
  try {
    const value = work();
    return () => resolve(value);
  } catch (error) {
    if (error instanceof EngineError) return () => reject(error);
    throw error;
  }
}
