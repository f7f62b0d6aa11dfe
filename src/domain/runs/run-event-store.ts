import type { RunEvent } from './run-event.js';

/**
 * The copy of the runs' logs that every process sees. It is a convenience, not the truth: what it has lost, a snapshot from the message makes good.
 * Every implementation passes `test/contract/run-event-store.ts`.
 */
export interface RunEventStore {
  /** Whether other processes read here: then a log is copied as it grows, else once at its end. */
  readonly isShared: boolean;
  /** Appends events of one run, numbered by the caller, in order and without a gap to what is there. */
  append(runId: string, events: readonly RunEvent[]): Promise<void>;
  /** Events with `seq > after`, in order, at most `limit`. The first may have a higher number than `after + 1`: then those between are not held any more. */
  read(runId: string, after: number, limit: number): Promise<RunEvent[]>;
  /** Lets the log go after so many milliseconds. */
  expire(runId: string, afterMs: number): Promise<void>;
  drop(runId: string): Promise<void>;
}
