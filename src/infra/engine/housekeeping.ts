import type { Cursors } from './commands/cursors.js';
import { removeExpired } from './commands/expiry.js';
import type { GroupCommit } from './store/group-commit.js';

/** How often it looks, in seconds, as mongod. */
const EVERY_SECONDS = 60;

/** Looks every minute for documents whose time is over, and for cursors that nobody uses. */
export class Housekeeping {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly commit: GroupCommit,
    private readonly cursors: Cursors,
  ) {
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
    this.cursors.reap();
    try {
      await removeExpired(this.commit, new Date());
    } catch (error) {
      // It is tried again next time; who runs the process should know.
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}
