import type { Needs } from '../needs.js';
import type { RunEvent } from './run-event.js';

/** Milliseconds for which what happened is joined before it is copied for other processes. */
const COPY_EVERY_MS = 40;

/** Milliseconds for which a log is kept after its run has ended. */
const KEEP_AFTER_END_MS = 3_600_000;

/** Events that wait for the end of their run where nobody else reads: more are copied, so that the store may let the oldest go. */
const MAX_UNCOPIED_EVENTS = 5_000;

/** Events that a tail holds in memory; past that the older half goes, and a reader who comes for it gets a snapshot. */
const MAX_TAIL_EVENTS = 20_000;

type Copying = Pick<Needs, 'runEvents' | 'bell' | 'log'>;

/**
 * The logs of the runs that this process drives. Their ends are in memory, where local readers get each event at once; a copy for all
 * processes follows within about {@link COPY_EVERY_MS}, or at the end where there are no others.
 */
export class RunLog {
  readonly #tails = new Map<string, RunTail>();
  readonly #behind = new Set<RunTail>();
  #copying: NodeJS.Timeout | undefined;

  constructor(private readonly needs: Copying) {}

  open(runId: string): RunTail {
    const tail = new RunTail(runId, () => this.#copySoon(tail));
    this.#tails.set(runId, tail);
    // A reader may have come between the claim and now, and listens for a copy.
    this.needs.bell.ring(`run:${runId}`);
    return tail;
  }

  /** Undefined if the run is not, or no longer, driven here. */
  tail(runId: string): RunTail | undefined {
    return this.#tails.get(runId);
  }

  /** Ends a tail once all of it is copied. Its readers read it to its end; later ones go by the copy. */
  async close(tail: RunTail): Promise<void> {
    await this.#copy(tail);
    this.#behind.delete(tail);
    this.#tails.delete(tail.runId);
    tail.close();
    await this.needs.runEvents
      .expire(tail.runId, KEEP_AFTER_END_MS)
      .catch((error: unknown) => this.#complain(tail, error));
    this.needs.bell.ring(`run:${tail.runId}`);
  }

  /** Copies what is still to be copied, before the process ends. */
  async flush(): Promise<void> {
    clearTimeout(this.#copying);
    this.#copying = undefined;
    const tails = [...this.#behind];
    this.#behind.clear();
    await Promise.all(tails.map((tail) => this.#copy(tail)));
  }

  #copySoon(tail: RunTail): void {
    this.#behind.add(tail);
    if (!this.needs.runEvents.isShared && tail.uncopiedEvents < MAX_UNCOPIED_EVENTS) return;
    this.#copying ??= setTimeout(() => void this.flush(), COPY_EVERY_MS);
  }

  /**
   * What cannot be copied now is copied with what comes next; if nothing does, readers elsewhere get a snapshot from the stored message.
   * A copy that waits for the one before takes all with it that comes meanwhile: else a store that is away would keep the run from its end, try after try.
   */
  #copy(tail: RunTail): Promise<void> {
    if (!tail.isCopyWaiting) {
      tail.isCopyWaiting = true;
      tail.copied = tail.copied.then(() => {
        tail.isCopyWaiting = false;
        return this.#copyNow(tail);
      });
    }
    return tail.copied;
  }

  async #copyNow(tail: RunTail): Promise<void> {
    const events = tail.takeUncopied();
    if (events.length === 0) return;
    try {
      await this.needs.runEvents.append(tail.runId, events);
      this.needs.bell.ring(`run:${tail.runId}`);
    } catch (error) {
      tail.giveBack(events);
      this.#complain(tail, error);
    }
  }

  #complain({ runId }: RunTail, error: unknown): void {
    this.needs.log.warn({ runId, error }, 'a run log could not be copied for other processes');
  }
}

/** The end of one run's log, in memory. */
export class RunTail {
  #events: RunEvent[] = [];
  #uncopied: RunEvent[] = [];
  /** Settles when the last copy has: one at a time, or they could overtake each other. */
  copied: Promise<void> = Promise.resolve();
  /** Whether the last copy has yet to begin. */
  isCopyWaiting = false;
  readonly #wake = new Set<() => void>();
  #isClosed = false;

  constructor(
    readonly runId: string,
    private readonly onAppend: () => void,
  ) {}

  append(event: RunEvent): void {
    this.#events.push(event);
    this.#uncopied.push(event);
    if (this.#events.length > MAX_TAIL_EVENTS) this.#events = this.#events.slice(MAX_TAIL_EVENTS / 2);
    for (const wake of this.#wake) wake();
    this.onAppend();
  }

  close(): void {
    this.#isClosed = true;
    for (const wake of this.#wake) wake();
  }

  get uncopiedEvents(): number {
    return this.#uncopied.length;
  }

  takeUncopied(): RunEvent[] {
    const events = this.#uncopied;
    this.#uncopied = [];
    return events;
  }

  giveBack(events: readonly RunEvent[]): void {
    this.#uncopied = [...events, ...this.#uncopied];
  }

  /** Has `wake` called at each append, and when the tail is closed. Returns what ends that. */
  listen(wake: () => void): () => void {
    this.#wake.add(wake);
    return () => void this.#wake.delete(wake);
  }

  /** The events after the one numbered `seen`; 'later' if there are none yet, 'elsewhere' if what comes next is not, or no longer, held here. */
  after(seen: number): readonly RunEvent[] | 'later' | 'elsewhere' {
    // Numbers in a tail have no gaps, so the place of an event follows from the number of the first.
    const place = seen + 1 - (this.#events[0]?.seq ?? seen + 1);
    if (place < 0) return 'elsewhere';
    if (place < this.#events.length) return this.#events.slice(place);
    return this.#isClosed ? 'elsewhere' : 'later';
  }
}
