import type { ExecutionResult } from 'graphql';
import type { Results } from '../operation.js';

/**
 * Sends each result as it comes, instead of the library: every token would wait three times more on its way through that. To the library it is a stream without
 * values, which ends, and fails, as the results do. One whose reader has left does not end: the library would take that for the end of whoever has their id by then.
 *
 * @param send Returns a promise where the next result has to wait. Not called any more once the reader has left. If it throws, the results are let go.
 */
export function sendResults(
  results: Results,
  send: (result: ExecutionResult) => Promise<void> | undefined,
): AsyncGenerator<never, void, void> {
  const ended = { done: true, value: undefined } as const;
  const never = new Promise<never>(() => {});
  let hasLeft = false;

  async function sendAll(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await results.next();
        if (done || hasLeft) return;
        const isHeldUp = send(value);
        if (isHeldUp) await isHeldUp;
      }
    } catch (error) {
      await results.return();
      throw error;
    }
  }

  const stream: AsyncGenerator<never, void, void> = {
    async next() {
      await sendAll();
      return hasLeft ? never : ended;
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
