/** Says where the values come from that are not watched any more. */
export type HandOver<T> = (rest: AsyncIterator<T>) => void;

/**
 * A stream for one reader that somebody watches until they have seen enough. Once `watch` hands its source over, the reader gets what follows from there as it is: nothing is in
 * between, which for a stream of tokens is less than an async generator costs.
 *
 * @param watch After it has handed over, it yields the value that it holds and is not asked again.
 */
export function handedOver<T>(watch: (handOver: HandOver<T>) => AsyncGenerator<T, void>): AsyncIterable<T> {
  let rest: AsyncIterator<T> | null = null;
  const watching = watch((source) => (rest = source));
  const iterator: AsyncIterator<T> = {
    next: () => (rest ?? watching).next(),
    async return() {
      // Where it still stands in the middle of its source, this leaves the source too.
      await watching.return();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
