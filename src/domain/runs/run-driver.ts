import { randomUUID } from 'node:crypto';
import type { Needs } from '../needs.js';
import { Checkpoints } from './checkpoints.js';
import { driveRun, type RunJob } from './drive-run.js';
import { LiveRun } from './live-run.js';
import { recoverRuns } from './recover-runs.js';
import { RunLog } from './run-log.js';
import type { Lease } from './run-store.js';
import { UsageBook } from './usage-book.js';

/** Milliseconds after which a lease that nobody renews has ended. */
const LEASE_MS = 8_000;

/** Milliseconds between two rounds of renewing our leases and taking over those of the lost. */
const KEEP_EVERY_MS = 2_500;

const FIRST_FENCE = 1;

type Driving = Pick<
  Needs,
  | 'clock'
  | 'log'
  | 'runs'
  | 'messages'
  | 'conversations'
  | 'usage'
  | 'budgets'
  | 'runEvents'
  | 'bell'
  | 'models'
  | 'providers'
  | 'keyVault'
  | 'modelClients'
  | 'countTokens'
  | 'settings'
>;

/**
 * Drives the runs of this process: starts them, renews their leases, stops them on request, and ends those that a lost process has left.
 * A run belongs to the server: it goes on whether or not anybody watches.
 */
export class RunDriver {
  readonly log: RunLog;
  readonly #owner = randomUUID();
  readonly #checkpoints: Checkpoints;
  readonly #book: UsageBook;
  readonly #live = new Map<string, { live: LiveRun; done: Promise<void> }>();
  /** Claims that are not decided yet: whose they are, and of which message. */
  readonly #claims = new Set<{ readonly userId: string; readonly message: string }>();
  #keeping: NodeJS.Timeout | undefined;
  #isDraining = false;
  #isClosed = false;

  constructor(private readonly needs: Driving) {
    this.log = new RunLog(needs);
    this.#checkpoints = new Checkpoints(needs);
    this.#book = new UsageBook(needs);
  }

  /** True once the process is about to end: then no run is started. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  newLease(): Lease {
    return { owner: this.#owner, fence: FIRST_FENCE, until: this.#leaseEnd() };
  }

  /**
   * Lets a user claim one more run, unless `limit` are active: of those that the database has counted, or of those that are driven or being claimed here.
   * Many claims at once would all find room in the database.
   *
   * @param claim.message What tells the user's messages apart: one that is sent many times at once is one claim.
   * @returns What to call when the claim is decided, and a run that came of it started; null if there is no room.
   */
  beginClaim(userId: string, claim: { message: string; active: number; limit: number }): (() => void) | null {
    const others = new Set([...this.#claims].filter((other) => other.userId === userId).map(({ message }) => message));
    for (const { live } of this.#live.values())
      if (live.run.userId === userId) others.add(live.run.clientMessageId ?? live.run.id);
    others.delete(claim.message);
    if (Math.max(others.size, claim.active) >= claim.limit) return null;
    const mine = { userId, message: claim.message };
    this.#claims.add(mine);
    return () => void this.#claims.delete(mine);
  }

  /** Drives a run that was claimed with {@link newLease}; it goes on by itself. The promise resolves when its messages are stored, and need not be waited for. */
  start(job: RunJob): Promise<void> {
    const live = new LiveRun(this.needs, job.run, FIRST_FENCE, this.log.open(job.run.id));
    const { isStored, done } = driveRun(
      { needs: this.needs, log: this.log, checkpoints: this.#checkpoints, book: this.#book },
      live,
      job,
    );
    this.#live.set(job.run.id, { live, done: done.finally(() => this.#live.delete(job.run.id)) });
    return isStored;
  }

  /** Returns false if the run is not, or no longer, in this process. */
  cancel(runId: string): boolean {
    const running = this.#live.get(runId);
    running?.live.stop('CANCELLED');
    return running !== undefined;
  }

  /**
   * Begins to renew leases and to recover lost runs.
   *
   * @param isAlone No other process can be driving runs, so every lease that is not ours is one of the lost: they are recovered before this resolves.
   */
  async startKeeping({ isAlone }: { isAlone: boolean }): Promise<void> {
    if (isAlone) await recoverRuns(this.needs, { owner: this.#owner, until: this.#leaseEnd() }, new Date(8.64e15));
    this.#keepSoon();
  }

  /** Starts no more runs, gives live ones `graceMs` to end, and interrupts the rest with what they have. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    const running = [...this.#live.values()];
    const timer = setTimeout(() => running.forEach(({ live }) => live.stop('SHUTDOWN')), graceMs);
    await Promise.all(running.map(({ done }) => done));
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
      await recoverRuns(this.needs, { owner: this.#owner, until: this.#leaseEnd() }, this.needs.clock.now());
    } catch (error) {
      this.needs.log.warn({ error }, 'leases could not be kept; trying again');
    }
  }

  async #renew(): Promise<void> {
    const known = [...this.#live.keys()];
    const { held, cancelled } = await this.needs.runs.renew(this.#owner, known, this.#leaseEnd());
    for (const id of cancelled) this.cancel(id);
    const stillOurs = new Set(held);
    for (const id of known) if (!stillOurs.has(id)) this.#letGo(id);
  }

  /** A run that is just ending holds no lease either, and needs no stop. */
  #letGo(id: string): void {
    const running = this.#live.get(id);
    if (running && !running.live.isEnding) running.live.stop('TAKEN_OVER');
  }

  #leaseEnd(): Date {
    return new Date(this.needs.clock.now().getTime() + LEASE_MS);
  }
}
