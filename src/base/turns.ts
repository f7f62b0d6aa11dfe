import { AppError } from './errors.js';

/** Does the work of one key one after another, in the order in which it came. Work of different keys does not wait for each other. */
export class Turns {
  readonly #lines = new Map<string, { last: Promise<unknown>; length: number }>();
  readonly #maxLength: number;

  /** @param maxLength Of the line for one key, whoever has the turn included. */
  constructor(maxLength = Infinity) {
    this.#maxLength = maxLength;
  }

  /** @throws {AppError} RATE_LIMITED if the line for this key is full. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), length: 0 };
    if (line.length >= this.#maxLength) {
      throw new AppError('RATE_LIMITED', 'Too many requests at once.', { isRetryable: true, retryAfterMs: 1_000 });
    }
    this.#lines.set(key, line);
    line.length++;
    const mine = line.last.then(work);
    // Whoever comes next goes on, whatever becomes of this one: its own caller is told.
    line.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      line.length--;
      if (line.length === 0) this.#lines.delete(key);
    }
  }
}
