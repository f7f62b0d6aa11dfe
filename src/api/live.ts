/**
 * A stream that stops at once when its reader leaves.
 *
 * An async generator that waits for its next value ignores `return()` until that value comes, which for a quiet subscription may be never.
 * So leaving aborts the signal that the source was given, and the source must wait on it.
 */
export function live<T>(open: (signal: AbortSignal) => AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  const leaving = new AbortController();
  const source = open(leaving.signal);
  const stream: AsyncGenerator<T, void> = {
    next: () => source.next(),
    return(value) {
      leaving.abort();
      return source.return(value);
    },
    throw(error) {
      leaving.abort();
      return source.throw(error);
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await stream.return();
    },
  };
  return stream;
}
