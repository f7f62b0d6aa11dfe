import { maxTimeExpired } from '../errors.js';

/** However patient the client is: no command may keep the engine to itself for longer, in milliseconds. */
export const COMMAND_LIMIT_MS = 60_000;

/** Reading the clock costs more than most steps between two looks at it. */
const STEPS_PER_LOOK = 64;

/** The time that one command may take. */
export class Deadline {
  #endsAt = 0;
  #steps = 0;

  constructor(limitMs: number | undefined) {
    this.restart(limitMs);
  }

  /** A cursor has new time for each batch. @param limitMs 0 and undefined mean no limit of the client's own */
  restart(limitMs: number | undefined): void {
    const ownLimit = limitMs === undefined || limitMs === 0 ? COMMAND_LIMIT_MS : limitMs;
    this.#endsAt = performance.now() + Math.min(ownLimit, COMMAND_LIMIT_MS);
    this.#steps = 0;
  }

  /**
   * To be called at every step of whatever may take long.
   *
   * @throws {EngineError} 50 when the time is over.
   */
  readonly check = (): void => {
    if (++this.#steps % STEPS_PER_LOOK !== 0) return;
    if (performance.now() > this.#endsAt) throw maxTimeExpired();
  };
}
