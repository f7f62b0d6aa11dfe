import { LeavableStream } from './leavable-stream.js';

/**
 * A stream that stops at once when its reader leaves.
 *
 * An async generator that waits for its next value ignores `return()` until that value comes, which for a quiet subscription may be never.
 * So leaving aborts the signal that the source was given, and the source must wait on it.
 */
export function live<T>(open: (signal: AbortSignal) => AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  return new LiveStream(open);
}

class LiveStream<T> extends LeavableStream<T> {
  readonly #leaving = new AbortController();
  readonly #source: AsyncGenerator<T, void>;

  constructor(open: (signal: AbortSignal) => AsyncGenerator<T, void>) {
    super();
    this.#source = open(this.#leaving.signal);
  }

  next(): Promise<IteratorResult<T, void>> {
    return this.#source.next();
  }

  return(): Promise<IteratorResult<T, void>> {
    this.#leaving.abort();
    return this.#source.return();
  }
}
