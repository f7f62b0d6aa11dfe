import { LeavableStream } from '../leavable-stream.js';

/** What the library is told of an operation that was left: it would take any end for that of whoever has its id by then. */
export const never = (): Promise<never> => new Promise(() => {});

/** Whoever waits for an operation that has not begun. In the place where the library keeps what it returns when they leave, which otherwise is empty until then. */
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
