import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from 'lmdb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import { LmdbSessionStore } from '../../src/infra/embedded/lmdb-session-store.js';
import { connectRedis, type RedisConnection } from '../../src/infra/redis/connect-redis.js';
import { RedisSessionStore } from '../../src/infra/redis/redis-session-store.js';
import { describeOverRedis } from '../kit/redis-server.js';
import { describeSessionStore, newSession } from './session-store.js';

describe('LmdbSessionStore', () => {
  let dir: string;
  const openStore = () => new LmdbSessionStore({ dir, clock: systemClock, log: silentLog });
  let store: LmdbSessionStore;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tomato-sessions-'));
    store = openStore();
  });
  afterAll(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });

  describeSessionStore(() => store);

  it('answers a ping', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('has its sessions, and how far they were touched, after it was closed and opened again', async () => {
    const session = newSession();
    const idleUntil = new Date(Date.now() + 7_200_000);
    await store.insert(session);
    await store.touch(session.id, idleUntil);

    await store.close();
    store = openStore();

    expect(await store.find(session.id)).toEqual({ ...session, idleUntil });
    expect(await store.idsOf(session.userId)).toEqual([session.id]);
  });

  it('writes nothing to a disk that is all but full, and goes on where there is room again', async () => {
    let freeMib = 100;
    const own = mkdtempSync(join(tmpdir(), 'tomato-full-'));
    const full = new LmdbSessionStore({
      dir: own,
      clock: systemClock,
      log: silentLog,
      freeBytes: () => freeMib * 1024 * 1024,
    });
    const [before, ended, meanwhile, later] = [newSession(), newSession(), newSession(), newSession()];
    for (const session of [before, ended]) await full.insert(session);

    freeMib = 3;
    const refused = { code: 'SERVICE_UNAVAILABLE', details: { isRetryable: true } };
    await expect(full.insert(meanwhile)).rejects.toMatchObject(refused);
    expect(await full.end(ended.id)).toBe(true);
    freeMib = 0.5;
    await expect(full.end(before.id)).rejects.toMatchObject(refused);
    expect([await full.find(before.id), await full.find(meanwhile.id)]).toEqual([before, null]);

    freeMib = 100;
    await full.insert(later);
    expect([await full.end(before.id), await full.find(later.id)]).toEqual([true, later]);
    await full.close();
    rmSync(own, { recursive: true });
  });

  it('removes a great many sessions a hundred at a time, so that each hundred sees what the one before took of the disk', async () => {
    const own = mkdtempSync(join(tmpdir(), 'tomato-sweep-'));
    const sessions = Array.from({ length: 350 }, () => ({ ...newSession(), userId: 'usr_busy' }));
    const looksAtOnce = [0];
    const store = new LmdbSessionStore({
      dir: own,
      clock: systemClock,
      log: silentLog,
      freeBytes() {
        if (looksAtOnce.at(-1) === 0) setImmediate(() => looksAtOnce.push(0));
        looksAtOnce[looksAtOnce.length - 1]! += 1;
        return 100 * 1024 * 1024;
      },
    });
    for (const session of sessions) await store.insert(session);
    looksAtOnce.splice(0, Infinity, 0);

    expect(await store.endAll('usr_busy')).toHaveLength(350);

    expect(Math.max(...looksAtOnce)).toBe(100);
    await store.close();
    rmSync(own, { recursive: true });
  });

  it('closes in the middle of a round of removing what has ended, which does nothing after that', async () => {
    const own = mkdtempSync(join(tmpdir(), 'tomato-sweep-'));
    const sessions = Array.from({ length: 350 }, () => ({ ...newSession(), userId: 'usr_gone' }));
    let now = systemClock.now();
    let looks = 0;
    const warnings: unknown[] = [];
    const store = new LmdbSessionStore({
      dir: own,
      clock: { now: () => now },
      log: { ...silentLog, warn: (_about: object, message: string) => void warnings.push(message) },
      freeBytes: () => (looks++, 100 * 1024 * 1024),
      sweepEveryMs: 10,
    });
    await Promise.all(sessions.map((session) => store.insert(session)));
    now = new Date(now.getTime() + 7_200_000);
    looks = 0;
    await vi.waitFor(() => expect(looks).toBeGreaterThan(0), { interval: 1 });

    await store.close();

    const looksByThen = looks;
    await sleep(100);
    expect({ looks, warnings }).toEqual({ looks: looksByThen, warnings: [] });
    expect(looks).toBeLessThan(sessions.length);
    rmSync(own, { recursive: true });
  });

  it('says once that idle times cannot be saved, and saves them when there is room again', async () => {
    const own = mkdtempSync(join(tmpdir(), 'tomato-full-'));
    let freeMib = 100;
    let looks = 0;
    const warnings: unknown[] = [];
    const options = {
      dir: own,
      clock: systemClock,
      log: { ...silentLog, warn: (_about: object, message: string) => void warnings.push(message) },
      freeBytes: () => (looks++, freeMib * 1024 * 1024),
    };
    const full = new LmdbSessionStore(options);
    const session = newSession();
    const idleUntil = new Date(Date.now() + 7_200_000);
    await full.insert(session);

    freeMib = 3;
    await full.touch(session.id, idleUntil);
    await vi.waitFor(() => expect(looks).toBeGreaterThan(3), { timeout: 5_000 });
    freeMib = 100;
    await full.close();

    expect(warnings).toHaveLength(1);
    const again = new LmdbSessionStore(options);
    expect(await again.find(session.id)).toEqual({ ...session, idleUntil });
    await again.close();
    rmSync(own, { recursive: true });
  });

  it('has what it promised after its process was killed', async () => {
    const [kept, ended] = [newSession(), newSession()];
    const child = fork(new URL('../kit/session-writer.ts', import.meta.url), [dir], { serialization: 'advanced' });
    child.send({ kept, ended });
    await new Promise((resolve) => child.once('message', resolve));

    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));

    expect(await store.find(kept.id)).toEqual(kept);
    expect(await store.find(ended.id)).toBeNull();
  });

  it('removes what has ended from its file', async () => {
    const sweeping = new LmdbSessionStore({ dir, clock: systemClock, log: silentLog, sweepEveryMs: 20 });
    const session = newSession({ idleUntil: new Date(Date.now() + 30) });
    await sweeping.insert(session);
    const reader = open({ path: dir, noSubdir: false }).openDB<unknown, string>('sessions', { encoding: 'json' });

    await expect.poll(() => reader.get(session.id)).toBeUndefined();

    await sweeping.close();
  });
});

describeOverRedis('RedisSessionStore', ({ url }) => {
  const prefix = `test-${randomUUID()}:`;
  let redis: RedisConnection;
  let store: RedisSessionStore;
  beforeAll(async () => {
    redis = await connectRedis(url(), { log: silentLog, prefix });
    store = new RedisSessionStore(redis, systemClock);
  });
  afterAll(() => redis.close());

  describeSessionStore(() => store);

  it('leaves no key behind after logout', async () => {
    const [ended, other] = [newSession(), newSession()];
    await store.insert(ended);
    await store.insert(other);

    await store.end(ended.id);
    await store.endAll(other.userId);

    const keys = await redis.commands.keys(`${prefix}*`);
    expect(
      keys.filter((key) => [ended, other].some(({ id, userId }) => key.includes(id) || key.includes(userId))),
    ).toEqual([]);
  });

  it('lets every key end by itself, at the idle end or at the last absolute end of the user', async () => {
    const session = newSession();
    const shorter = newSession({ userId: session.userId, absoluteUntil: new Date(Date.now() + 60_000) });
    await store.insert(session);
    await store.insert(shorter);

    const ttls = await Promise.all(
      [`session:${session.id}`, `session:${shorter.id}`, `sessions-of:${session.userId}`].map((key) =>
        redis.commands.pttl(prefix + key),
      ),
    );

    expect(ttls.map((ttl) => Math.ceil(ttl / 60_000))).toEqual([60, 1, 24 * 60]);
  });

  it('forgets the ended sessions of a user when there is a new one', async () => {
    const ended = newSession({ idleUntil: new Date(Date.now() + 30) });
    await store.insert(ended);
    await expect.poll(() => store.find(ended.id)).toBeNull();
    const session = newSession({ userId: ended.userId });

    await store.insert(session);

    expect(await redis.commands.smembers(`${prefix}sessions-of:${session.userId}`)).toEqual([session.id]);
  });

  it.each([-24, 24])('keeps to the time of Redis when our clock jumps by %i hours', async (hours) => {
    const jumped = { now: () => new Date(Date.now() + hours * 3_600_000) };
    const session = newSession({ absoluteUntil: new Date(Date.now() + 1_800_000) });
    await store.insert(session);

    await new RedisSessionStore(redis, jumped).touch(session.id, new Date(jumped.now().getTime() + 3_600_000));

    expect(Math.ceil((await redis.commands.pttl(`${prefix}session:${session.id}`)) / 60_000)).toBe(30);
  });

  it('refuses ids that are no part of a key', async () => {
    await expect(store.find('a\r\nb')).rejects.toThrow(RangeError);
    await expect(store.idsOf('*'.repeat(200))).rejects.toThrow(RangeError);
  });
});
