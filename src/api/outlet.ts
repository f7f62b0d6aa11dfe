import type { Writable } from 'node:stream';

/** Characters and bytes that may wait to be sent before writers are told to wait. */
const HIGH_WATER = 256 * 1024;

/** Milliseconds of one turn of the event loop that streams may take before others get theirs. */
const MAX_TURN_MS = 10;

/** Outlets that have something to send when this turn of the event loop is over. All of them share one timer: one for each would cost more than the sending. */
let turn: { readonly startedAt: number; readonly outlets: Outlet[] } | undefined;

/**
 * Where streams leave through a connection. What they write in one turn of the event loop is sent in one piece,
 * and who writes faster than the other side reads, or than is fair to other connections, is told to wait.
 */
export class Outlet {
  readonly #connection: Writable;
  readonly #send: (texts: readonly string[]) => void;
  #texts: string[] = [];
  #gathered = 0;
  #drained: Promise<void> | undefined;

  /** @param send Puts what was gathered onto the connection, in one write. */
  constructor(connection: Writable, send: (texts: readonly string[]) => void) {
    this.#connection = connection;
    this.#send = send;
  }

  /** Characters and bytes that wait to be sent. */
  get waiting(): number {
    return this.#gathered + this.#connection.writableLength;
  }

  /** True while the other side lags behind. */
  get isCongested(): boolean {
    return this.waiting > HIGH_WATER;
  }

  write(text: string): void {
    if (this.#texts.length === 0) currentTurn().outlets.push(this);
    this.#texts.push(text);
    this.#gathered += text.length;
  }

  /** Sends what was gathered without waiting for the end of the turn. */
  flush(): void {
    const texts = this.#texts;
    if (texts.length === 0) return;
    this.#texts = [];
    this.#gathered = 0;
    this.#send(texts);
  }

  /** What to wait for before more is written; undefined if it may be written at once. Once the connection is gone there is always something to wait for. */
  room(): Promise<void> | undefined {
    // A source that never waits for anything would keep even the news of its reader's leaving from coming through.
    if (this.#connection.destroyed) return nextTurn();
    if (this.isCongested) {
      this.flush();
      // What the system took at once leaves nothing to drain, and nobody would be told.
      return this.#connection.writableNeedDrain ? (this.#drained ??= this.#drain()) : nextTurn();
    }
    return turn && performance.now() - turn.startedAt > MAX_TURN_MS ? nextTurn() : undefined;
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

function currentTurn(): NonNullable<typeof turn> {
  if (!turn) {
    turn = { startedAt: performance.now(), outlets: [] };
    setImmediate(endTurn);
  }
  return turn;
}

function endTurn(): void {
  const outlets = turn?.outlets ?? [];
  turn = undefined;
  for (const outlet of outlets) outlet.flush();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
