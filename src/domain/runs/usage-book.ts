import { AppError } from '../../base/errors.js';
import { untilStored } from '../../base/until-stored.js';
import type { UsageRecord } from '../usage/usage-store.js';
import type { Needs } from '../needs.js';

/** Milliseconds after which a record is written at the latest, where its run does not end before. */
const WRITE_AFTER_MS = 1_000;

/** Gathers what model calls took, and writes it for many calls at a time. */
export class UsageBook {
  #pending: UsageRecord[] = [];
  #writing: NodeJS.Timeout | undefined;
  /** The write that is under way. */
  #begun: Promise<void> = Promise.resolve();
  /** The write that begins after that, for all who wait by then. */
  #next: Promise<void> | undefined;

  constructor(private readonly needs: Pick<Needs, 'usage' | 'log'>) {}

  add(record: UsageRecord): void {
    this.#pending.push(record);
    this.#writing ??= setTimeout(() => void this.#writeLater(), WRITE_AFTER_MS);
  }

  /**
   * Writes all that was added. Resolves when it is stored, with what is being written already; rejects if any of that is not. What an outage keeps from it is
   * written later; what the database refuses is not tried again.
   */
  flush(): Promise<void> {
    if (this.#next) return this.#next;
    const before = this.#begun;
    const written = before.catch(() => undefined).then(() => this.#write());
    this.#begun = written;
    const forget = (): void => {
      if (this.#begun === written) this.#begun = Promise.resolve();
    };
    written.then(forget, forget);
    this.#next = Promise.all([before, written]).then(() => undefined);
    return this.#next;
  }

  async #write(): Promise<void> {
    this.#next = undefined;
    clearTimeout(this.#writing);
    this.#writing = undefined;
    const records = this.#pending;
    this.#pending = [];
    if (records.length === 0) return;
    try {
      await untilStored(this.needs.log, () => this.needs.usage.record(records));
    } catch (error) {
      if (error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE')
        records.forEach((record) => this.add(record));
      throw error;
    }
  }

  async #writeLater(): Promise<void> {
    await this.flush().catch((error: unknown) =>
      this.needs.log.error({ error }, 'what model calls took could not be kept'),
    );
  }
}
