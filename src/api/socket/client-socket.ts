import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { Outlet } from '../outlet.js';
import { textFrames } from './text-frames.js';

/** Milliseconds between two pings. A peer that has not shown life since the one before is dropped: after 24 s at most. */
const PING_EVERY_MS = 12_000;

/** Bytes that wait at the very most: then the peer is taken for one that does not read. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/** Messages that a peer may send at once, and then each second. */
const MESSAGE_BURST = 400;
const MESSAGES_PER_SECOND = 100;

/** Milliseconds that a peer has to answer a close frame. */
const CLOSE_TIMEOUT_MS = 3_000;

const BAD_REQUEST = 4400;
const TOO_MUCH = 4429;

/** Thrown to close a socket. PROTOCOL.md lists the codes. */
export class SocketRefusal extends Error {
  /** @param message What clients see as the reason: at most 123 bytes. */
  constructor(
    readonly closeCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** One WebSocket and the limits that hold on it, whatever is spoken over it. */
export class ClientSocket {
  readonly #ws: WebSocket;
  readonly #outlet: Outlet;
  readonly #beating: NodeJS.Timeout;
  #isAlive = true;
  #messagesLeft = MESSAGE_BURST;
  #countedAt = performance.now();

  /**
   * @param ws One that does not answer pings by itself: past 60 at once it would drop the connection, and say nothing.
   * @param raw What carries the frames: the connection that was upgraded.
   */
  constructor(ws: WebSocket, raw: Duplex) {
    this.#ws = ws;
    this.#outlet = new Outlet(raw, (texts) => {
      if (this.isOpen) raw.write(textFrames(texts));
    });
    this.#beating = setInterval(() => this.#beat(), PING_EVERY_MS).unref();
    ws.on('pong', () => this.#seen());
    ws.on('ping', (data: Buffer) => this.#pinged(data));
    // A slow reader answers a ping late, since it reads what was sent before it first.
    raw.on('drain', () => {
      this.#isAlive = true;
    });
    ws.once('close', () => clearInterval(this.#beating));
  }

  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  onMessage(handle: (text: string) => void): void {
    this.#ws.on('message', (data: Buffer, isBinary: boolean) => {
      if (!this.isOpen || !this.#seen()) return;
      if (isBinary) this.close(BAD_REQUEST, 'Send text');
      else handle(data.toString('utf8'));
    });
  }

  /** Returns a promise only where the sender has to wait before it sends more. Sends nothing once the socket closes. */
  send(text: string): Promise<void> | undefined {
    this.#requireReader();
    if (this.isOpen) this.#outlet.write(text);
    // A source that never waits for anything would keep even the end of the socket from coming through.
    return this.#outlet.room() ?? (this.isOpen ? undefined : nextTurn());
  }

  /** @param reason At most 123 bytes. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#outlet.flush();
    this.#ws.close(code, reason);
    setTimeout(() => this.#ws.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  #pinged(data: Buffer): void {
    if (!this.isOpen || !this.#seen()) return;
    this.#requireReader();
    if (this.isOpen) this.#ws.pong(data);
  }

  /** Closes the socket of a peer that reads nothing of what waits for it. */
  #requireReader(): void {
    if (this.#outlet.waiting > MAX_BUFFERED_BYTES) this.close(TOO_MUCH, 'Too slow a reader');
  }

  /** The peer shows life. False, and the socket closed, if it does so too often. */
  #seen(): boolean {
    this.#isAlive = true;
    const now = performance.now();
    this.#messagesLeft = Math.min(
      MESSAGE_BURST,
      this.#messagesLeft + ((now - this.#countedAt) / 1000) * MESSAGES_PER_SECOND,
    );
    this.#countedAt = now;
    this.#messagesLeft -= 1;
    if (this.#messagesLeft >= 0) return true;
    this.close(TOO_MUCH, 'Too many messages');
    return false;
  }

  #beat(): void {
    if (!this.#isAlive) {
      if (this.#outlet.waiting > 0) this.close(TOO_MUCH, 'Too slow a reader');
      else this.#ws.terminate();
      return;
    }
    this.#isAlive = false;
    if (this.isOpen) this.#ws.ping();
  }
}
