import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { AttemptLimiter, AttemptRule } from '../../domain/users/attempt-limiter.js';

/** Counts in this process only: a restart forgives everybody. */
export class MemoryAttemptLimiter implements AttemptLimiter {
  /** It only counts; how many are let through is each caller's rule. */
  readonly #counts = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 1 });

  async attempt(key: string, { attempts, windowMs }: AttemptRule): Promise<number> {
    const customDuration = Math.ceil(windowMs / 1000);
    const { consumedPoints, msBeforeNext } = await this.#counts.penalty(key, 1, { customDuration });
    // A clock that was set back must not lock anybody out for longer than a window.
    return consumedPoints > attempts ? Math.min(Math.max(msBeforeNext, 1), 1000 * customDuration) : 0;
  }

  async takeBack(key: string): Promise<void> {
    const count = await this.#counts.get(key);
    if (count !== null && count.consumedPoints > 0) await this.#counts.reward(key);
  }

  async forgive(key: string): Promise<void> {
    await this.#counts.delete(key);
  }
}
