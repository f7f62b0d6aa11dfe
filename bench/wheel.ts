import { sharedNow } from './ipc.js';
import { STEADY_MS } from './script.js';

/** One timer for all steady streams: a turn takes {@link STEADY_MS}, and a stream stands where it began, so that each is due to the millisecond. */
export class Wheel {
  readonly #places: Set<() => void>[] = Array.from({ length: STEADY_MS }, () => new Set());
  #at = Math.floor(sharedNow());
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Calls `turn` once a turn, the first time in {@link STEADY_MS}. Returns how to stop. */
  add(turn: () => void): () => void {
    const place = this.#places[Math.floor(sharedNow()) % STEADY_MS]!;
    place.add(turn);
    this.#count += 1;
    if (!this.#timer) {
      this.#at = Math.floor(sharedNow());
      this.#timer = setTimeout(() => this.#roll(), 1);
    }
    return () => {
      if (place.delete(turn)) this.#count -= 1;
    };
  }

  /** What a late timer has passed is made up for. */
  #roll(): void {
    for (const now = Math.floor(sharedNow()); this.#at < now;) {
      this.#at += 1;
      for (const turn of this.#places[this.#at % STEADY_MS]!) turn();
    }
    this.#timer = this.#count > 0 ? setTimeout(() => this.#roll(), 1) : undefined;
  }
}
