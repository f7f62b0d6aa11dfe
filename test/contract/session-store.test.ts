import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import { LmdbSessionStore } from '../../src/infra/embedded/lmdb-session-store.js';
import { describeSessionStore, newSession } from './session-store.js';

describe('LmdbSessionStore', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tomato-sessions-'));
  const openStore = () => new LmdbSessionStore({ dir, clock: systemClock, log: silentLog });
  let store: LmdbSessionStore;
  beforeAll(() => {
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
