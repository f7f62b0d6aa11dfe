import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { MemoryRunEventStore } from '../../src/infra/embedded/memory-run-event-store.js';
import { connectRedis, type RedisConnection } from '../../src/infra/redis/connect-redis.js';
import { RedisRunEventStore } from '../../src/infra/redis/redis-run-event-store.js';
import { describeOverRedis } from '../kit/redis-server.js';
import { deltas, describeRunEventStore } from './run-event-store.js';

describe('MemoryRunEventStore', () => {
  const store = new MemoryRunEventStore();
  afterAll(() => store.close());

  describeRunEventStore(() => store);

  it('lets the log go that was used least recently when all are too large', async () => {
    const store = new MemoryRunEventStore({ maxBytes: 20_000 });
    const [read, forgotten, latest] = [newId('run'), newId('run'), newId('run')];
    await store.append(read, deltas(read, 1, 20));
    await store.append(forgotten, deltas(forgotten, 1, 20));
    await store.read(read, 0, 1);

    await store.append(latest, deltas(latest, 1, 50));

    expect(await store.read(forgotten, 0, 100)).toEqual([]);
    expect(await store.read(read, 0, 100)).toEqual(deltas(read, 1, 20));
    expect(await store.read(latest, 0, 100)).toEqual(deltas(latest, 1, 50));
    store.close();
  });

  it('lets the older half go of a log that is too large by itself', async () => {
    const store = new MemoryRunEventStore({ maxBytes: 20_000 });
    const runId = newId('run');

    for (let from = 1; from <= 1_000; from += 10) await store.append(runId, deltas(runId, from, from + 9));

    const kept = await store.read(runId, 0, 1_000);
    expect(kept.length).toSatisfy((length: number) => length > 20 && length < 100);
    expect(kept).toEqual(deltas(runId, 1_001 - kept.length, 1_000));
    store.close();
  });

  it('forgets logs that have expired although nobody asks for them', async () => {
    vi.useFakeTimers();
    const store = new MemoryRunEventStore();
    const runId = newId('run');
    await store.append(runId, deltas(runId, 1, 100));
    await store.expire(runId, 3_600_000);

    await vi.advanceTimersByTimeAsync(3_599_000);
    expect(store.bytes).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(120_000);

    expect(store.bytes).toBe(0);
    store.close();
    vi.useRealTimers();
  });
});

describeOverRedis('RedisRunEventStore', ({ url }) => {
  const prefix = `test-${randomUUID()}:`;
  let redis: RedisConnection;
  let store: RedisRunEventStore;
  beforeAll(async () => {
    redis = await connectRedis(url(), { log: silentLog, prefix });
    store = new RedisRunEventStore(redis);
  });
  afterAll(() => redis.close());

  describeRunEventStore(() => store);

  it('lets every log end by itself, also one whose end never comes', async () => {
    const runId = newId('run');

    await store.append(runId, deltas(runId, 1, 3));

    expect(await redis.commands.pttl(`${prefix}run-events:${runId}`)).toSatisfy(
      (ttl: number) => ttl > 0 && ttl <= 24 * 3_600_000,
    );
  });

  it('keeps what was appended together in one entry', async () => {
    const runId = newId('run');

    await store.append(runId, deltas(runId, 1, 30));
    await store.append(runId, deltas(runId, 31, 31));

    const entries = await redis.commands.xrange(`${prefix}run-events:${runId}`, '-', '+');
    expect(entries.map(([id]) => id)).toEqual(['30-0', '31-0']);
  });

  it('says so when Redis refuses what is appended', async () => {
    const runId = newId('run');
    await redis.commands.set(`${prefix}run-events:${runId}`, 'no log');

    await expect(store.append(runId, deltas(runId, 1, 1))).rejects.toThrow('WRONGTYPE');
  });

  it('reads to the end what was appended in more entries than are fetched at a time', async () => {
    const runId = newId('run');
    const events = deltas(runId, 1, 150);
    for (const event of events) await store.append(runId, [event]);

    expect(await store.read(runId, 0, 200)).toEqual(events);
  });
});
