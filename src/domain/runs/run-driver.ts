import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Needs } from '../needs.js';
import type { Toolbox } from '../tools/tools.js';
import { Checkpoints } from './checkpoints.js';
import { driveRun, type Driving, type RunJob } from './drive-run.js';
import { LiveRun, SEQ_BLOCK } from './live-run.js';
import { recoverRuns } from './recover-runs.js';
import { RunLog } from './run-log.js';
import type { Run } from './run.js';
import type { Claim, RunLease } from './run-store.js';
import { UsageBook } from './usage-book.js';

/** Milliseconds after which a lease that nobody renews has ended. */
const LEASE_MS = 8_000;

/** Milliseconds between two rounds of renewing our leases and taking over those of the lost. */
const KEEP_EVERY_MS = 2_500;

const FIRST_FENCE = 1;

/** Milliseconds between two looks for claims that a drain has to wait for. */
const LOOK_AGAIN_MS = 50;

/**
 * Drives the runs of this process: starts them, renews their leases, stops them on request, and ends those that a lost process has left.
 * A run belongs to the server: it goes on whether or not anybody watches.
 */
export class RunDriver {
  readonly log: RunLog;
  readonly #holder = randomUUID();
  readonly #checkpoints: Checkpoints;
  readonly #book: UsageBook;
  readonly #live = new Map<string, { live: LiveRun; done: Promise<void> }>();
  /** Runs that are being claimed, or are claimed and about to be driven. */
  readonly #claiming = new Set<string>();
  #keeping: NodeJS.Timeout | undefined;
  #isDraining = false;
  #isClosed = false;

  constructor(
    private readonly needs: Driving & Pick<Needs, 'runEvents'>,
    private readonly toolbox: Toolbox,
  ) {
    this.log = new RunLog(needs);
    this.#checkpoints = new Checkpoints(needs);
    this.#book = new UsageBook(needs);
  }

  /** True once the process is about to end: then no run is started. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Claims a run for this process. From now on nobody here takes it for one of the lost, however long the claim takes. */
  async claim(run: Run): Promise<Claim> {
    this.#claiming.add(run.id);
    try {
      const lease = { ...this.#lease(), fence: FIRST_FENCE };
      const { maxActivePerUser: maxActive } = this.needs.settings.runs;
      const claim = await this.needs.runs.claim(run, lease, { reservedSeq: SEQ_BLOCK, maxActive });
      if (claim.outcome !== 'claimed') this.#claiming.delete(run.id);
      return claim;
    } catch (error) {
      this.#claiming.delete(run.id);
      throw error;
    }
  }

  /** Drives a run that was claimed with {@link claim}; it goes on by itself. The promise resolves when its messages are stored, and need not be waited for. */
  start(job: RunJob): Promise<void> {
    const live = new LiveRun(this.needs, job.run, FIRST_FENCE, this.log.open(job.run.id));
    const { isStored, done } = driveRun(
      { needs: this.needs, log: this.log, checkpoints: this.#checkpoints, book: this.#book },
      live,
      job,
    );
    this.#claiming.delete(job.run.id);
    this.#live.set(job.run.id, { live, done: done.finally(() => this.#live.delete(job.run.id)) });
    return isStored;
  }

  /** Returns false if the run is not, or no longer, in this process. */
  cancel(runId: string): boolean {
    const running = this.#live.get(runId);
    running?.live.stop('CANCELLED');
    return running !== undefined;
  }

  /** Resolves when the run has ended, as far as it is driven here. */
  async ended(runId: string): Promise<void> {
    await this.#live.get(runId)?.done;
  }

  /**
   * Begins to renew leases and to recover lost runs.
   *
   * @param isAlone No other process can be driving runs, so every lease that is not ours is one of the lost: they are recovered before this resolves.
   */
  async startKeeping({ isAlone }: { isAlone: boolean }): Promise<void> {
    if (isAlone) await this.#recover(new Date(8.64e15));
    this.#keepSoon();
  }

  /** Starts no more runs, gives live ones `graceMs` to end, and interrupts the rest with what they have. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    let isOver = false;
    const stopAll = () => this.#live.forEach(({ live }) => live.stop('SHUTDOWN'));
    const timer = setTimeout(() => {
      isOver = true;
      stopAll();
    }, graceMs);
    // Those whose claim was under way come in late.
    while (this.#live.size + this.#claiming.size > 0) {
      if (isOver) stopAll();
      const ended = Promise.all([...this.#live.values()].map(({ done }) => done));
      await (this.#claiming.size > 0 ? sleep(LOOK_AGAIN_MS) : ended);
    }
    clearTimeout(timer);
    this.#isClosed = true;
    clearTimeout(this.#keeping);
    await Promise.all([this.log.flush(), this.#book.flush()]);
  }

  #keepSoon(): void {
    if (this.#isClosed) return;
    this.#keeping = setTimeout(() => void this.#keep().finally(() => this.#keepSoon()), KEEP_EVERY_MS);
  }

  async #keep(): Promise<void> {
    try {
      if (this.#live.size > 0) await this.#renew();
      const ours = [...this.#live.keys(), ...this.#claiming];
      await this.#recover(this.needs.clock.now(), ours);
    } catch (error) {
      this.needs.log.warn({ error }, 'leases could not be kept; trying again');
    }
  }

  #recover(before: Date, except: readonly string[] = []): Promise<void> {
    return recoverRuns({ needs: this.needs, toolbox: this.toolbox }, this.#lease(), before, except);
  }

  async #renew(): Promise<void> {
    const known = [...this.#live.keys()];
    const { held, cancelled } = await this.needs.runs.renew(this.#lease(), known);
    for (const id of cancelled) this.cancel(id);
    const stillOurs = new Set(held);
    for (const id of known) if (!stillOurs.has(id)) this.#letGo(id);
  }

  /** A run that is just ending holds no lease either, and needs no stop. */
  #letGo(id: string): void {
    const running = this.#live.get(id);
    if (running && !running.live.isEnding) running.live.stop('TAKEN_OVER');
  }

  #lease(): RunLease {
    return { holder: this.#holder, until: new Date(this.needs.clock.now().getTime() + LEASE_MS) };
  }
}
