import { maxTimeExpired } from '../errors.js';

/** However patient the client is: no command may keep the engine to itself for longer, in milliseconds. */
const COMMAND_LIMIT_MS = 60_000;

/** How long the engine's own thread tries to answer a read, in milliseconds: for so long all others wait. */
export const PATIENCE_MS = 50;

/** A read has taken longer than {@link PATIENCE_MS}: it begins anew in the thread for slow reads. No client is told. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError';
}

/** Reading the clock costs more than most steps between two looks at it. */
const STEPS_PER_LOOK = 64;

/** The time that one command may take. */
export class Deadline {
  #endsAt = 0;
  #patienceEndsAt = Infinity;
  #steps = 0;

  constructor(limitMs: number | undefined) {
    this.restart(limitMs);
  }

  /** Begins anew, as a cursor does for each batch. @param limitMs The client's own limit; 0 and undefined mean that it has none. */
  restart(limitMs: number | undefined): void {
    const ownLimit = limitMs === undefined || limitMs === 0 ? COMMAND_LIMIT_MS : limitMs;
    this.#endsAt = performance.now() + Math.min(ownLimit, COMMAND_LIMIT_MS);
    this.#patienceEndsAt = Infinity;
    this.#steps = 0;
  }

  /** Has {@link check} throw {@link TooSlowError} once so many milliseconds are over, until {@link restart}. */
  bePatientFor(patienceMs: number): void {
    this.#patienceEndsAt = performance.now() + patienceMs;
  }

  /**
   * To be called at every step of whatever may take long.
   *
   * @throws {EngineError} 50 when the time is over.
   * @throws {TooSlowError} when the patience is.
   */
  readonly check = (): void => {
    if (++this.#steps % STEPS_PER_LOOK !== 0) return;
    const now = performance.now();
    if (now > this.#endsAt) throw maxTimeExpired();
    if (now > this.#patienceEndsAt) throw new TooSlowError();
  };
}
