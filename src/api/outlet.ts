import type { Writable } from 'node:stream';

/** Bytes that may wait to be sent before writers are told to wait. */
const HIGH_WATER_BYTES = 1024 * 1024;

/** Milliseconds of one turn of the event loop that streams of one connection may take before others get theirs. */
const MAX_TURN_MS = 10;

/**
 * Where streams leave through a connection: what one turn of the event loop writes leaves in one piece,
 * and who writes faster than the other side reads, or than is fair to other connections, is told to wait.
 */
export class Outlet {
  readonly #connection: Writable;
  #turn: { readonly startedAt: number; readonly end: Promise<void> } | undefined;
  #drained: Promise<void> | undefined;

  constructor(connection: Writable) {
    this.#connection = connection;
  }

  /** True while the other side lags behind. */
  get isCongested(): boolean {
    return this.#connection.writableLength > HIGH_WATER_BYTES;
  }

  /** Call it before each write. */
  gather(): void {
    if (this.#turn) return;
    this.#connection.cork();
    const end = new Promise<void>((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        this.#connection.uncork();
        resolve();
      });
    });
    this.#turn = { startedAt: performance.now(), end };
  }

  /** What to wait for before more is written; undefined if it may be written at once. Once the connection is gone there is always something to wait for. */
  room(): Promise<void> | undefined {
    if (this.#connection.destroyed) return nextTurn();
    if (this.isCongested) return (this.#drained ??= this.#drain());
    if (this.#turn && performance.now() - this.#turn.startedAt > MAX_TURN_MS) return this.#turn.end;
    return undefined;
  }

  #drain(): Promise<void> {
    const connection = this.#connection;
    return new Promise((resolve) => {
      const done = (): void => {
        connection.off('drain', done);
        connection.off('close', done);
        this.#drained = undefined;
        resolve();
      };
      connection.on('drain', done);
      connection.on('close', done);
    });
  }
}

/** A source that never waits for anything would otherwise keep even the news of its reader's leaving from coming through. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
