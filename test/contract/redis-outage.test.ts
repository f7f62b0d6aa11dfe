import { afterAll, afterEach, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { AppError } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { Secret } from '../../src/base/secret.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { connectRedis, type RedisConnection } from '../../src/infra/redis/connect-redis.js';
import { RedisAttemptLimiter } from '../../src/infra/redis/redis-attempt-limiter.js';
import { RedisBell } from '../../src/infra/redis/redis-bell.js';
import { RedisRunEventStore } from '../../src/infra/redis/redis-run-event-store.js';
import { RedisSessionStore } from '../../src/infra/redis/redis-session-store.js';
import { describeOverOwnRedis } from '../kit/redis-server.js';
import { startSlowProxy } from '../kit/slow-proxy.js';
import { newKey } from './attempt-limiter.js';
import { newListener, newTopic, silence } from './bell.js';
import { deltas } from './run-event-store.js';
import { newSession } from './session-store.js';

const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE', details: { isRetryable: true } });

describeOverOwnRedis('While Redis', ({ url, server }) => {
  let connections: readonly [RedisConnection, RedisConnection];
  beforeAll(async () => {
    connections = [await connectRedis(url(), { log: silentLog }), await connectRedis(url(), { log: silentLog })];
  });
  afterAll(() => Promise.all(connections.map((connection) => connection.close())));

  const outages = {
    'is gone': { begin: () => server().kill(), end: () => server().start() },
    'is frozen': { begin: async () => server().freeze(), end: async () => server().thaw() },
  };
  let isOut: (typeof outages)['is gone'] | null = null;
  afterEach(async () => {
    await isOut?.end();
    isOut = null;
  });

  it.each(Object.keys(outages) as (keyof typeof outages)[])(
    '%s, everything is refused within 2 s, and works again within 5 s of its return',
    { timeout: 60_000 },
    async (outage) => {
      isOut = outages[outage];
      await isOut.begin();

      await Promise.all(
        everyQuestion(connections[0]).map(async (ask) => {
          const startedAt = performance.now();
          await expect(ask()).rejects.toEqual(unavailable);
          expect(performance.now() - startedAt).toBeLessThan(2_000);
        }),
      );
      await isOut.end();
      isOut = null;

      for (const ask of everyQuestion(connections[0])) await vi.waitFor(ask, { timeout: 5_000, interval: 100 });
    },
  );

  it.each(Object.keys(outages) as (keyof typeof outages)[])(
    '%s all of a sudden, whatever is under way is answered or refused by its name within 2 s',
    { timeout: 60_000 },
    async (outage) => {
      await vi.waitFor(() => connections[0].ping(), { timeout: 5_000 });
      const outcomes: Promise<unknown>[] = [];
      const ask = () => {
        for (const question of everyQuestion(connections[0])) outcomes.push(outcomeOf(question));
      };
      const asking = setInterval(ask, 1);
      await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(200));

      isOut = outages[outage];
      await isOut.begin();
      await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(1_000));
      clearInterval(asking);

      expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['answered', 'refused']));
    },
  );

  it.each(Object.keys(outages) as (keyof typeof outages)[])(
    '%s, nobody waits for a bell; afterwards all are rung once and hear rings as before',
    { timeout: 60_000 },
    async (outage) => {
      const near = new RedisBell(connections[0], new MemoryBell());
      const far = new RedisBell(connections[1], new MemoryBell());
      const topic = newTopic();
      const [heardNear, heardFar] = [newListener(), newListener()];
      near.listen(topic, heardNear);
      far.listen(topic, heardFar);
      await silence(heardNear, heardFar);
      isOut = outages[outage];
      await isOut.begin();
      await expect(connections[1].ping()).rejects.toEqual(unavailable);

      near.ring(topic);
      await vi.waitFor(() => expect(heardNear).toHaveBeenCalled());
      expect(heardFar).not.toHaveBeenCalled();
      await isOut.end();
      isOut = null;

      await vi.waitFor(() => expect(heardFar).toHaveBeenCalled(), { timeout: 5_000 });
      await silence(heardNear, heardFar);
      near.ring(topic);
      await vi.waitFor(() => expect(heardFar).toHaveBeenCalledOnce());
    },
  );

  it('is a replica, which reads but does not write, it does not count as there', async () => {
    const [{ commands, ping }] = connections;
    await vi.waitFor(ping, { timeout: 5_000 });

    await commands.replicaof('127.0.0.1', 1);
    onTestFinished(async () => void (await commands.replicaof('NO', 'ONE')));
    await expect(ping()).rejects.toEqual(unavailable);

    await commands.replicaof('NO', 'ONE');
    await expect(ping()).resolves.toBeUndefined();
  });

  it('has become a replica, it is connected to anew: another may be the primary behind its address', async () => {
    const proxy = await startSlowProxy({ to: Number(new URL(url().reveal()).port) });
    const redis = await connectRedis(new Secret(`redis://127.0.0.1:${proxy.port}`), { log: silentLog });
    const [{ commands }] = connections;
    await vi.waitFor(connections[0].ping, { timeout: 5_000 });
    await commands.replicaof('127.0.0.1', 1);
    onTestFinished(async () => {
      await commands.replicaof('NO', 'ONE');
      await redis.close();
      await proxy.close();
    });
    const before = proxy.connections;

    await expect(redis.ping()).rejects.toEqual(unavailable);

    await vi.waitFor(() => expect(proxy.connections).toBeGreaterThan(before));
  });

  it('has become a replica, it is left once, however much it refuses', async () => {
    const [{ commands, ping, prefix }] = connections;
    await vi.waitFor(ping, { timeout: 5_000 });
    const warn = vi.spyOn(process, 'emitWarning');
    await commands.replicaof('127.0.0.1', 1);
    onTestFinished(async () => void (await commands.replicaof('NO', 'ONE')));

    await Promise.allSettled(Array.from({ length: 20 }, () => commands.incr(`${prefix}count`)));

    expect(warn).not.toHaveBeenCalled();
  });

  it('cannot be connected to, that is said within 2 s and nothing is left open', async () => {
    isOut = outages['is gone'];
    await isOut.begin();
    const startedAt = performance.now();

    await expect(connectRedis(url(), { log: silentLog })).rejects.toEqual(unavailable);

    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('is down, that is logged once, and once that it is back', async () => {
    const log = { ...silentLog, warn: vi.fn<typeof silentLog.warn>(), info: vi.fn<typeof silentLog.info>() };
    const connection = await connectRedis(url(), { log: { ...log, child: () => log } });
    isOut = outages['is gone'];
    await isOut.begin();
    await expect(connection.ping()).rejects.toEqual(unavailable);
    await expect(connection.ping()).rejects.toEqual(unavailable);

    await isOut.end();
    isOut = null;

    await vi.waitFor(() => expect(log.info).toHaveBeenCalledTimes(2), { timeout: 5_000 });
    expect(log.warn).toHaveBeenCalledTimes(2);
    await connection.close();
  });
});

async function outcomeOf(ask: () => Promise<unknown>): Promise<unknown> {
  const startedAt = performance.now();
  try {
    await ask();
    return 'answered';
  } catch (error) {
    const isRefused = error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE';
    return isRefused && performance.now() - startedAt < 2_000 ? 'refused' : error;
  }
}

function everyQuestion(redis: RedisConnection): readonly (() => Promise<unknown>)[] {
  const sessions = new RedisSessionStore(redis, systemClock);
  const attempts = new RedisAttemptLimiter(redis);
  const events = new RedisRunEventStore(redis);
  const session = newSession();
  const runId = newId('run');
  return [
    () => redis.ping(),
    () => sessions.insert(session),
    () => sessions.touch(session.id, session.idleUntil),
    () => sessions.find(session.id),
    () => sessions.idsOf(session.userId),
    () => sessions.end(session.id),
    () => sessions.endAll(session.userId),
    () => attempts.attempt(newKey(), { attempts: 1, windowMs: 1_000 }),
    () => attempts.takeBack(newKey()),
    () => attempts.forgive(newKey()),
    () => events.append(runId, deltas(runId, 1, 2)),
    () => events.read(runId, 0, 10),
    () => events.expire(runId, 1_000),
    () => events.drop(runId),
  ];
}
