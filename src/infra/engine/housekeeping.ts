import type { Cursors } from './commands/cursors.js';
import { removeExpired } from './commands/expiry.js';
import type { SlowReads } from './slow-reads/slow-reads.js';
import type { GroupCommit } from './store/group-commit.js';

/** How often it looks, in seconds, as mongod. */
const EVERY_SECONDS = 60;

/** Looks every minute for documents whose time is over, and for cursors that nobody uses. */
export class Housekeeping {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly needs: { commit: GroupCommit; cursors: Cursors; slowReads: SlowReads }) {
    this.every(EVERY_SECONDS);
  }

  /** From now on so often. */
  readonly every = (seconds: number): void => {
    this.stop();
    this.#timer = setInterval(() => void this.#look(), seconds * 1000);
    this.#timer.unref();
  };

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { commit, cursors, slowReads } = this.needs;
    cursors.reap();
    slowReads.reap();
    try {
      await removeExpired(commit, new Date());
    } catch (error) {
      // It is tried again next time; who runs the process should know.
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}
