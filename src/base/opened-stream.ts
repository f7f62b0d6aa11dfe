/** The first value of a stream, and where the others come from. */
export type Opened<T> = { readonly first: IteratorResult<T>; readonly rest: AsyncIterator<T> };

/**
 * A stream for one reader that is opened when its first value is asked for. All others come from `rest` as they are: nothing is in between, which for
 * a stream of tokens is less than an async generator costs.
 *
 * @param open What it throws, the reader does.
 */
export function openedStream<T>(open: () => Promise<Opened<T>>): AsyncIterable<T> {
  return new OpenedStream(open);
}

class OpenedStream<T> implements AsyncIterableIterator<T> {
  readonly #open: () => Promise<Opened<T>>;
  #rest: AsyncIterator<T> | null = null;

  constructor(open: () => Promise<Opened<T>>) {
    this.#open = open;
  }

  next(): Promise<IteratorResult<T>> {
    return this.#rest ? this.#rest.next() : this.#first();
  }

  async return(): Promise<IteratorResult<T>> {
    await this.#rest?.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #first(): Promise<IteratorResult<T>> {
    const { first, rest } = await this.#open();
    this.#rest = rest;
    return first;
  }
}
