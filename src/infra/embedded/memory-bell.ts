import type { Bell, Topic } from '../../domain/bell.js';

/** A bell that is heard in this process only. Rings of one turn are one ring. */
export class MemoryBell implements Bell {
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly #rung = new Set<Topic>();

  ring(topic: Topic): void {
    if (!this.#listeners.has(topic)) return;
    if (this.#rung.size === 0) setImmediate(() => this.#wakeRung());
    this.#rung.add(topic);
  }

  listen(topic: Topic, onRing: () => void): () => void {
    // A function may listen twice; each has its own end.
    const listener = () => onRing();
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic);
    };
  }

  #wakeRung(): void {
    const topics = [...this.#rung];
    this.#rung.clear();
    for (const topic of topics) for (const wake of this.#listeners.get(topic) ?? []) wake();
  }
}
