import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.js';
import { MemoryAttemptLimiter } from '../../src/infra/embedded/memory-attempt-limiter.js';
import { connectRedis, type RedisConnection } from '../../src/infra/redis/connect-redis.js';
import { RedisAttemptLimiter } from '../../src/infra/redis/redis-attempt-limiter.js';
import { describeOverRedis } from '../kit/redis-server.js';
import { describeAttemptLimiter, newKey } from './attempt-limiter.js';

describe('MemoryAttemptLimiter', () => {
  describeAttemptLimiter(() => new MemoryAttemptLimiter());
});

describeOverRedis('RedisAttemptLimiter', ({ url }) => {
  const prefix = `test-${randomUUID()}:`;
  let redis: RedisConnection;
  beforeAll(async () => {
    redis = await connectRedis(url(), { log: silentLog, prefix });
  });
  afterAll(() => redis.close());

  describeAttemptLimiter(() => new RedisAttemptLimiter(redis));

  it('counts for all processes together, and leaves nothing behind when the window ends', async () => {
    const key = newKey();
    const rule = { attempts: 1, windowMs: 1_000 };

    await new RedisAttemptLimiter(redis).attempt(key, rule);

    expect(await new RedisAttemptLimiter(redis).attempt(key, rule)).toBeGreaterThan(0);
    await expect.poll(() => redis.commands.keys(`${prefix}*${key}`), { timeout: 3_000 }).toEqual([]);
  });
});
