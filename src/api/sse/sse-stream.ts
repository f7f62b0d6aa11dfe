import type { ServerResponse } from 'node:http';
import type { FormattedExecutionResult } from 'graphql';
import { Outlet } from '../outlet.js';

/** Milliseconds between two signs of life, which keep proxies from closing a quiet stream. */
const PING_EVERY_MS = 12_000;

/** Milliseconds that a reader may take to read what waits, before it is given up. */
const STALLED_AFTER_MS = 30_000;

/** One event stream of the graphql-sse protocol, in its distinct connections mode: `next` events, then one `complete`. */
export class SseStream {
  readonly #response: ServerResponse;
  readonly #pinging: NodeJS.Timeout;
  readonly #outlet: Outlet;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#outlet = new Outlet(response, (texts) => {
      if (this.isOpen) response.write(texts.join(''));
    });
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

  /** What to wait for before more is sent; undefined if it may be sent at once. */
  room(): Promise<void> | undefined {
    const room = this.#outlet.room();
    return room && this.#outlet.isCongested ? this.#unlessStalled(room) : room;
  }

  complete(): void {
    if (!this.isOpen) return;
    clearInterval(this.#pinging);
    this.#write('event: complete\ndata:\n\n');
    this.#outlet.flush();
    this.#response.end();
  }

  async #unlessStalled(room: Promise<void>): Promise<void> {
    const stalled = setTimeout(() => this.#response.destroy(), STALLED_AFTER_MS);
    await room;
    clearTimeout(stalled);
  }

  #write(text: string): void {
    if (this.isOpen) this.#outlet.write(text);
  }
}
