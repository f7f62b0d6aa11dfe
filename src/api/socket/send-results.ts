import type { ExecutionResult } from 'graphql';
import type { Results } from '../operation.js';

/**
 * Sends each result as it comes, instead of the library: every token would wait three times more on its way through that. To the library it is a stream without
 * values, which ends, and fails, as the results do.
 *
 * @param send Returns a promise where the next result has to wait. Not called any more once the reader has left.
 */
export function sendResults(
  results: Results,
  send: (result: ExecutionResult) => Promise<void> | undefined,
): AsyncGenerator<never, void, void> {
  const ended = { done: true, value: undefined } as const;
  let hasLeft = false;
  const stream: AsyncGenerator<never, void, void> = {
    async next() {
      for (;;) {
        const { done, value } = await results.next();
        if (done || hasLeft) return ended;
        const isHeldUp = send(value);
        if (isHeldUp) await isHeldUp;
      }
    },
    async return() {
      hasLeft = true;
      await results.return();
      return ended;
    },
    async throw(error) {
      await stream.return();
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await stream.return();
    },
  };
  return stream;
}
