/** An async generator that is no generator function: how it gives its values, and how it is left, is its own; the rest follows from that. */
export abstract class LeavableStream<T> implements AsyncGenerator<T, void, void> {
  abstract next(): Promise<IteratorResult<T, void>>;

  /** Its reader leaves. */
  abstract return(): Promise<IteratorResult<T, void>>;

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
