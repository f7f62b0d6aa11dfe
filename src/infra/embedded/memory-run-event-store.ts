import type { RunEvent } from '../../domain/runs/run-event.js';
import type { RunEventStore } from '../../domain/runs/run-event-store.js';
import { bytesOf } from './run-event-bytes.js';

const MAX_BYTES = 64 * 1024 * 1024;

/** Milliseconds between two rounds of letting go what has expired. */
const SWEEP_EVERY_MS = 60_000;

type KeptLog = {
  events: RunEvent[];
  bytes: number;
  /** By the clock that nobody can set; Infinity while the run goes on. */
  expiresAt: number;
};

/**
 * Run logs in memory, as references to what was appended. When they are larger than `maxBytes`, which is about right, the log that was
 * used least recently goes; a log that is larger by itself loses its older half.
 */
export class MemoryRunEventStore implements RunEventStore {
  readonly isShared: boolean = false;
  /** Least recently used first. */
  readonly #logs = new Map<string, KeptLog>();
  readonly #maxBytes: number;
  readonly #sweeping: NodeJS.Timeout;
  #bytes = 0;

  constructor({ maxBytes = MAX_BYTES } = {}) {
    this.#maxBytes = maxBytes;
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_EVERY_MS).unref();
  }

  /** What all logs take together, about. */
  get bytes(): number {
    return this.#bytes;
  }

  async append(runId: string, events: readonly RunEvent[]): Promise<void> {
    const log = this.#use(runId) ?? this.#begin(runId);
    const lastSeq = log.events.at(-1)?.seq ?? 0;
    for (const event of events) {
      if (event.seq <= lastSeq) continue;
      log.events.push(event);
      this.#grow(log, bytesOf(event));
    }
    this.#makeRoom(log);
  }

  async read(runId: string, after: number, limit: number): Promise<RunEvent[]> {
    const events = this.#use(runId)?.events ?? [];
    const start = placeAfter(events, after);
    return events.slice(start, start + limit);
  }

  async expire(runId: string, afterMs: number): Promise<void> {
    const log = this.#use(runId);
    if (log) log.expiresAt = performance.now() + afterMs;
  }

  async drop(runId: string): Promise<void> {
    this.#forget(runId);
  }

  close(): void {
    clearInterval(this.#sweeping);
    this.#logs.clear();
    this.#bytes = 0;
  }

  /** The log, if it is still kept, which is now the last to go. */
  #use(runId: string): KeptLog | undefined {
    const log = this.#logs.get(runId);
    if (!log) return undefined;
    if (log.expiresAt <= performance.now()) {
      this.#forget(runId);
      return undefined;
    }
    this.#logs.delete(runId);
    this.#logs.set(runId, log);
    return log;
  }

  #begin(runId: string): KeptLog {
    const log: KeptLog = { events: [], bytes: 0, expiresAt: Infinity };
    this.#logs.set(runId, log);
    return log;
  }

  #forget(runId: string): void {
    const log = this.#logs.get(runId);
    if (!log) return;
    this.#logs.delete(runId);
    this.#bytes -= log.bytes;
  }

  #grow(log: KeptLog, bytes: number): void {
    log.bytes += bytes;
    this.#bytes += bytes;
  }

  #makeRoom(latest: KeptLog): void {
    for (const [runId, log] of this.#logs) {
      if (this.#bytes <= this.#maxBytes || log === latest) break;
      this.#forget(runId);
    }
    while (this.#bytes > this.#maxBytes && latest.events.length > 1) {
      const half = latest.events.splice(0, Math.ceil(latest.events.length / 2));
      for (const event of half) this.#grow(latest, -bytesOf(event));
    }
  }

  #sweep(): void {
    const now = performance.now();
    for (const [runId, { expiresAt }] of this.#logs) if (expiresAt <= now) this.#forget(runId);
  }
}

/** Where the first event with a `seq` above `after` stands, or would stand. */
function placeAfter(events: readonly RunEvent[], after: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.seq ?? Infinity) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
