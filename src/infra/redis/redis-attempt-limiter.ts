import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { AttemptLimiter, AttemptRule } from '../../domain/users/attempt-limiter.js';
import type { RedisConnection } from './connect-redis.js';
import { named } from './named-failures.js';
import { keyPart } from './redis-key.js';

/** A window that has closed in between is not opened again by what is taken back. */
const TAKE_BACK = `
local count = tonumber(redis.call('GET', KEYS[1]))
if count and count > 0 then redis.call('DECR', KEYS[1]) end`;

/** Counts for all processes together. */
export class RedisAttemptLimiter implements AttemptLimiter {
  readonly #redis: RedisConnection['commands'];
  /** It only counts; how many are let through is each caller's rule. */
  readonly #counts: RateLimiterRedis;

  constructor({ commands, prefix }: Pick<RedisConnection, 'commands' | 'prefix'>) {
    this.#redis = commands;
    this.#counts = new RateLimiterRedis({
      storeClient: commands,
      keyPrefix: `${prefix}attempts`,
      points: Number.MAX_SAFE_INTEGER,
      duration: 1,
    });
  }

  async attempt(key: string, { attempts, windowMs }: AttemptRule): Promise<number> {
    const customDuration = Math.ceil(windowMs / 1000);
    const { consumedPoints, msBeforeNext } = await named(this.#counts.penalty(keyPart(key), 1, { customDuration }));
    return consumedPoints > attempts ? Math.max(msBeforeNext, 1) : 0;
  }

  async takeBack(key: string): Promise<void> {
    await named(this.#redis.eval(TAKE_BACK, 1, this.#counts.getKey(keyPart(key))));
  }

  async forgive(key: string): Promise<void> {
    await named(this.#counts.delete(keyPart(key)));
  }
}
