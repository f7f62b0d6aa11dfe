import { Turns } from '../../base/turns.js';
import type { IndexMemory } from './index-memory.js';

/** Indexes of one kind, each of one owner, of those who searched last: as many as the memory has room for. What is let go of is made anew when it is next needed. */
export class HeldIndexes<Held> {
  readonly #held = new Map<string, Held>();
  readonly #turns = new Turns();
  readonly #memory: IndexMemory;
  readonly #kind: string;
  readonly #make: () => Held;

  /** @param kind Tells its indexes from those of other kinds in the same memory. @param make Gives an empty one. */
  constructor(memory: IndexMemory, kind: string, make: () => Held) {
    this.#memory = memory;
    this.#kind = kind;
    this.#make = make;
  }

  /** Takes note that an owner's index is used now. */
  use(ownerId: string): Held {
    const held = this.#held.get(ownerId) ?? this.#make();
    this.#held.set(ownerId, held);
    this.#memory.use(this.#keyOf(ownerId), () => this.#held.delete(ownerId));
    return held;
  }

  /** Does what changes an owner's index after all that was to change it before. */
  inTurn<T>(ownerId: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(ownerId, work);
  }

  /** Counts the bytes that it takes now, if it was not let go of meanwhile. */
  weigh(ownerId: string, held: Held, bytes: number): void {
    if (this.#held.get(ownerId) === held) this.#memory.weigh(this.#keyOf(ownerId), bytes);
  }

  #keyOf(ownerId: string): string {
    return `${this.#kind} of ${ownerId}`;
  }
}
