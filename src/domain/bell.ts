/**
 * Tells that something has changed. It carries no data, so a ring that is lost, late or doubled costs time, never an event.
 * Heard in every process that shares the same Redis. Every implementation passes `test/contract/bell.ts`.
 */
export interface Bell {
  /** Never throws and never waits: a ring that cannot be sent is lost. */
  ring(topic: Topic): void;
  /** Returns how to stop listening. Where rings come from other processes, a listener is rung once when it begins to hear them and after each lost connection: it may have missed a ring. */
  listen(topic: Topic, onRing: () => void): () => void;
}

/** `run:` its log grew. `job:` it went on or ended. `cancel:` somebody asked for the end of a run or a job. `session:` it may have ended, or its user's role changed. */
export type Topic = `run:${string}` | `job:${string}` | `cancel:${string}` | `session:${string}`;
