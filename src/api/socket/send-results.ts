import type { ExecutionResult } from 'graphql';
import type { Results } from '../execution/operation.js';
import { LeavableStream } from '../leavable-stream.js';
import { never } from './reader.js';

/** Returns a promise where the next result has to wait. */
type Send = (result: ExecutionResult) => Promise<void> | undefined;

/**
 * Sends each result as it comes, instead of the library: every token would wait three times more on its way through that. To the library it is a stream without
 * values, which ends, and fails, as the results do. One whose reader has left never ends: the library would take that for the end of a later operation with the same id.
 *
 * @param send Not called any more once the reader has left. If it throws, the results are let go.
 */
export function sendResults(results: Results, send: Send): AsyncGenerator<never, void, void> {
  return new SentResults(results, send);
}

const ENDED = { done: true, value: undefined } as const;

class SentResults extends LeavableStream<never> {
  readonly #results: Results;
  readonly #send: Send;
  #hasLeft = false;

  constructor(results: Results, send: Send) {
    super();
    this.#results = results;
    this.#send = send;
  }

  async next(): Promise<typeof ENDED> {
    try {
      for (;;) {
        const { done, value } = await this.#results.next();
        if (this.#hasLeft) return never();
        if (done) return ENDED;
        const isHeldUp = this.#send(value);
        if (isHeldUp) await isHeldUp;
      }
    } catch (error) {
      await this.#results.return();
      throw error;
    }
  }

  async return(): Promise<typeof ENDED> {
    this.#hasLeft = true;
    await this.#results.return();
    return ENDED;
  }
}
