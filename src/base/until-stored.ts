import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from './errors.js';
import type { Log } from './log.js';
import { backoffMs } from './retry.js';

/** Milliseconds after which we stop trying: the lease of whoever writes has ended by then, and others have taken over. */
const GIVE_UP_AFTER_MS = 120_000;

/** Writes what must not be lost: tries again while the database does not answer. Any other failure is thrown at once. */
export async function untilStored<T>(log: Log, write: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      const isOutage = error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE';
      if (!isOutage || performance.now() > giveUpAt) throw error;
      log.warn({ error, attempt }, 'the database does not answer; trying again');
      await sleep(backoffMs(attempt, { capMs: 2_000 }));
    }
  }
}
