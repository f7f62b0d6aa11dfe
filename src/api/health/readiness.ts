import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../base/log.js';

/** Looks at one thing that requests need; rejects while it does not work. */
export type Check = () => Promise<void>;

export type Readiness = {
  /** False while something that requests need does not work. Says what only in the log. Looks at most every second, and takes 2 s at most. */
  isReady(): Promise<boolean>;
};

const CHECK_TIMEOUT_MS = 2_000;
const FRESH_MS = 1_000;

/** @param checks By the names that the log shall use. */
export function createReadiness(checks: Readonly<Record<string, Check>>, log: Log): Readiness {
  let latest: { readonly at: number; readonly isReady: Promise<boolean> } | undefined;

  async function look(): Promise<boolean> {
    const results = await Promise.all(Object.entries(checks).map(([name, check]) => passes(name, check)));
    return results.every(Boolean);
  }

  async function passes(name: string, check: Check): Promise<boolean> {
    try {
      await within(CHECK_TIMEOUT_MS, check());
      return true;
    } catch (error) {
      log.warn({ check: name, error }, 'not ready');
      return false;
    }
  }

  return {
    isReady() {
      const now = performance.now();
      if (!latest || now - latest.at > FRESH_MS) latest = { at: now, isReady: look() };
      return latest.isReady;
    },
  };
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  const timeout = async () => {
    await sleep(milliseconds, undefined, { signal: done.signal });
    throw new Error(`no answer within ${milliseconds} ms`);
  };
  try {
    await Promise.race([work, timeout()]);
  } finally {
    done.abort();
  }
}
