import { LeavableStream } from '../leavable-stream.js';

/** The answer to the library for an operation whose client has left: it never ends, since the library would take its end for that of a later operation with the same id. */
export const never = (): Promise<never> => new Promise(() => {});

/** A client that waits for an operation to begin. Until then it stands where the library keeps the stream that it calls `return()` on when the client leaves. */
export class Reader extends LeavableStream<never> {
  #hasLeft = false;

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  next(): Promise<never> {
    return never();
  }

  async return(): Promise<IteratorReturnResult<void>> {
    this.#hasLeft = true;
    return { done: true, value: undefined };
  }
}
