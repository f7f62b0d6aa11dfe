import { EngineError } from '../errors.js';

/** Counts the bytes that a stage holds. */
export class MemoryBudget {
  #used = 0;
  readonly #limit: number;
  readonly #holder: string;

  constructor(limit: number, holder: string) {
    this.#limit = limit;
    this.#holder = holder;
  }

  /** @throws {EngineError} 292 when that is more than the limit. */
  take(bytes: number): void {
    this.#used += bytes;
    if (this.#used > this.#limit) {
      throw new EngineError(
        292,
        'QueryExceededMemoryLimitNoDiskUseAllowed',
        `Exceeded memory limit for ${this.#holder}: it may hold ${this.#limit} bytes, and nothing is spilled to disk.`,
      );
    }
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
