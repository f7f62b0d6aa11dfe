/** The first value of a stream, and where the others come from. */
export type Opened<T> = { readonly first: IteratorResult<T>; readonly rest: AsyncIterator<T> };

/**
 * A stream for one reader that is opened when its first value is asked for. All others come from `rest` as they are: nothing is in between, which for
 * a stream of tokens is less than an async generator costs.
 *
 * @param open What it throws, the reader does.
 */
export function openedStream<T>(open: () => Promise<Opened<T>>): AsyncIterable<T> {
  let rest: AsyncIterator<T> | null = null;
  const iterator: AsyncIterator<T> = {
    next() {
      if (rest) return rest.next();
      return open().then((opened) => {
        rest = opened.rest;
        return opened.first;
      });
    },
    async return() {
      await rest?.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
