import { setTimeout as sleep } from 'node:timers/promises';
import { serveDesk } from './ipc.js';
import { openSocket, Reader, type Outcome, type Target } from './reader.js';
import type { Order } from './script.js';

/** Those who read: one socket a stream, as browsers have. */

/** Sockets that are opened side by side. */
const OPENING = 50;

let readers: Reader[] = [];

const desk = {
  /** Opens a socket for each order; nothing is asked yet. */
  async open(target: Target, orders: readonly Order[]): Promise<void> {
    readers = [];
    for (let at = 0; at < orders.length; at += OPENING) {
      const batch = orders.slice(at, at + OPENING).map(async (order, index) => {
        const seat = target.kind === 'tomato' ? target.seats[at + index] : undefined;
        return new Reader(target, await openSocket(target, seat), order, seat);
      });
      readers.push(...(await Promise.all(batch)));
    }
  },
  /** Asks for one stream after the other, so many milliseconds apart. Resolves when each has its first token. */
  async start(apartMs: number): Promise<void> {
    const begin = performance.now();
    for (const [index, reader] of readers.entries()) {
      const early = begin + index * apartMs - performance.now();
      if (early > 1) await sleep(early);
      reader.ask();
    }
    await Promise.all(readers.map(({ firstToken }) => firstToken));
  },
  /** Asks for one stream when the one before has ended. */
  async startInTurn(): Promise<void> {
    for (const reader of readers) {
      reader.ask();
      await reader.ended;
    }
  },
  /** Tokens that have come so far, of all streams together. */
  received: (): number => readers.reduce((sum, { tokens }) => sum + tokens, 0),
  /** Resolves when all streams have ended. */
  ends: (): Promise<Outcome[]> => Promise.all(readers.map(({ ended }) => ended)),
  close(): void {
    for (const reader of readers) reader.close();
  },
};
export type LoadDesk = typeof desk;
serveDesk(desk);
