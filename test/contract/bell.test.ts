import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/base/log.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { connectRedis, type RedisConnection } from '../../src/infra/redis/connect-redis.js';
import { RedisBell } from '../../src/infra/redis/redis-bell.js';
import { describeOverRedis } from '../kit/redis-server.js';
import { describeBell, newListener, newTopic, silence } from './bell.js';

describe('MemoryBell', () => {
  describeBell(() => {
    const bell = new MemoryBell();
    return { near: bell, far: bell };
  });
});

describeOverRedis('RedisBell', ({ url }) => {
  const prefix = `test-${randomUUID()}:`;
  let redis: readonly [RedisConnection, RedisConnection];
  let bells: { readonly near: RedisBell; readonly far: RedisBell };
  beforeAll(async () => {
    const connect = () => connectRedis(url(), { log: silentLog, prefix });
    redis = [await connect(), await connect()];
    bells = { near: new RedisBell(redis[0], new MemoryBell()), far: new RedisBell(redis[1], new MemoryBell()) };
  });
  afterAll(() => Promise.all(redis.map((connection) => connection.close())));

  describeBell(() => bells);

  const channels = () => redis[0].commands.pubsub('CHANNELS', `${prefix}*`);

  it('subscribes once a topic, however many listen, and no longer than anybody does', async () => {
    const topic = newTopic();
    const [stopFirst, stopSecond] = [bells.far.listen(topic, newListener()), bells.far.listen(topic, newListener())];
    await expect.poll(channels).toContain(`${prefix}bell:${topic}`);

    stopFirst();
    const heard = newListener();
    const stopThird = bells.far.listen(topic, heard);
    stopSecond();
    await silence(heard);
    bells.near.ring(topic);
    await vi.waitFor(() => expect(heard).toHaveBeenCalled());
    stopThird();

    await expect.poll(channels).not.toContain(`${prefix}bell:${topic}`);
  });

  it('rings a listener once when its subscription begins to count, since it may have missed a ring', async () => {
    const heard = newListener();

    bells.far.listen(newTopic(), heard);

    await expect.poll(() => heard.mock.calls.length).toBe(1);
  });
});
