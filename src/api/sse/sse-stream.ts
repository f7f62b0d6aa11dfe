import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FormattedExecutionResult } from 'graphql';

/** Milliseconds between two signs of life, which keep proxies from closing a quiet stream. */
const PING_EVERY_MS = 12_000;

/** Bytes that may wait to be sent; past that the source is not asked for more. */
const HIGH_WATER_BYTES = 1024 * 1024;

/** Milliseconds that a reader may take to read what waits, before it is given up. */
const STALLED_AFTER_MS = 30_000;

/** One event stream of the graphql-sse protocol, in its distinct connections mode: `next` events, then one `complete`. */
export class SseStream {
  readonly #response: ServerResponse;
  readonly #pinging: NodeJS.Timeout;
  #isCorked = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    this.#write(':\n\n');
    this.#pinging = setInterval(() => this.#write(':\n\n'), PING_EVERY_MS).unref();
    response.once('close', () => clearInterval(this.#pinging));
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  next(result: FormattedExecutionResult): void {
    this.#write(`event: next\ndata: ${JSON.stringify(result)}\n\n`);
  }

  complete(): void {
    if (!this.isOpen) return;
    clearInterval(this.#pinging);
    this.#write('event: complete\ndata:\n\n');
    this.#response.end();
  }

  /** True while the reader lags behind. */
  get isCongested(): boolean {
    return this.#response.writableLength > HIGH_WATER_BYTES;
  }

  /** Resolves when the reader has caught up or is gone. */
  async drained(): Promise<void> {
    const stalled = setTimeout(() => this.#response.destroy(), STALLED_AFTER_MS);
    const done = new AbortController();
    const { signal } = done;
    try {
      await Promise.race([once(this.#response, 'drain', { signal }), once(this.#response, 'close', { signal })]);
    } finally {
      clearTimeout(stalled);
      done.abort();
    }
  }

  /** What one turn of the event loop writes leaves in one piece. */
  #write(text: string): void {
    if (!this.isOpen) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#response.cork();
      setImmediate(() => {
        this.#isCorked = false;
        this.#response.uncork();
      });
    }
    this.#response.write(text);
  }
}
