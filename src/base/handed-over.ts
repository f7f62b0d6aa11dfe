/** Gives the reader over to `rest`, from which all further values come, without being watched. */
export type HandOver<T> = (rest: AsyncIterator<T>) => void;

/**
 * A stream for one reader that somebody watches until they have seen enough. Once `watch` hands its source over, the reader gets what follows from there as it is: nothing is in
 * between, which for a stream of tokens is less than an async generator costs.
 *
 * @param watch When it has handed over it yields the value that it holds, and is not asked again.
 */
export function handedOver<T>(watch: (handOver: HandOver<T>) => AsyncGenerator<T, void>): AsyncIterable<T> {
  return new HandedOver(watch);
}

class HandedOver<T> implements AsyncIterableIterator<T> {
  readonly #watching: AsyncGenerator<T, void>;
  #rest: AsyncIterator<T> | null = null;

  constructor(watch: (handOver: HandOver<T>) => AsyncGenerator<T, void>) {
    this.#watching = watch((rest) => (this.#rest = rest));
  }

  next(): Promise<IteratorResult<T>> {
    return (this.#rest ?? this.#watching).next();
  }

  /** Whoever watched stands in the middle of the source still, and leaves it. */
  async return(): Promise<IteratorResult<T>> {
    await this.#watching.return();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
