import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { Session, SessionStore } from '../../src/domain/users/session-store.js';

const HOUR_MS = 3_600_000;

/** What every SessionStore must do. */
export function describeSessionStore(open: () => SessionStore): void {
  it('finds a session as it was inserted, and nothing under another id', async () => {
    const store = open();
    const session = newSession();

    await store.insert(session);

    expect(await store.find(session.id)).toEqual(session);
    expect(await store.find(newSession().id)).toBeNull();
  });

  describe('the idle end', () => {
    it('moves when the session is touched, and stays when it is only found', async () => {
      const store = open();
      const session = newSession();
      await store.insert(session);

      const idleUntil = after(2 * HOUR_MS);

      expect(await store.touch(session.id, idleUntil)).toEqual({ ...session, idleUntil });
      expect(await store.find(session.id)).toEqual({ ...session, idleUntil });
      expect(await store.find(session.id)).toEqual({ ...session, idleUntil });
    });

    it('never moves beyond the absolute end', async () => {
      const store = open();
      const session = newSession({ absoluteUntil: after(2 * HOUR_MS) });
      await store.insert(session);

      const touched = await store.touch(session.id, after(3 * HOUR_MS));

      expect(touched).toEqual({ ...session, idleUntil: session.absoluteUntil });
    });

    it('ends the session', async () => {
      const store = open();
      const session = newSession({ idleUntil: after(60) });
      await store.insert(session);

      await vi.waitFor(async () => expect(await store.find(session.id)).toBeNull());

      expect(await store.touch(session.id, after(HOUR_MS))).toBeNull();
      expect(await store.idsOf(session.userId)).toEqual([]);
      expect(await store.end(session.id)).toBe(false);
      expect(await store.endAll(session.userId)).toEqual([]);
    });

    it('ends the session at once where it is moved into the past', async () => {
      const store = open();
      const session = newSession();
      await store.insert(session);

      expect(await store.touch(session.id, after(-1))).toBeNull();
      expect(await store.find(session.id)).toBeNull();
    });

    it('no longer ends the session where it was, once moved', async () => {
      const store = open();
      const moved = newSession({ idleUntil: after(150) });
      const left = newSession({ idleUntil: after(200) });
      await store.insert(moved);
      await store.insert(left);

      await store.touch(moved.id, after(HOUR_MS));
      await vi.waitFor(async () => expect(await store.find(left.id)).toBeNull());

      expect(await store.find(moved.id)).not.toBeNull();
    });
  });

  it('ends the session at its absolute end, however often it is touched', async () => {
    const store = open();
    const session = newSession({ idleUntil: after(50), absoluteUntil: after(120) });
    await store.insert(session);

    await vi.waitFor(async () => expect(await store.touch(session.id, after(HOUR_MS))).toBeNull());

    expect(await store.find(session.id)).toBeNull();
    expect(await store.idsOf(session.userId)).toEqual([]);
  });

  it('ends a session once, for good, and leaves the others of its user', async () => {
    const store = open();
    const ended = newSession();
    const other = newSession({ userId: ended.userId });
    await store.insert(ended);
    await store.insert(other);

    expect(await store.end(ended.id)).toBe(true);

    expect(await store.find(ended.id)).toBeNull();
    expect(await store.touch(ended.id, after(HOUR_MS))).toBeNull();
    expect(await store.end(ended.id)).toBe(false);
    expect(await store.idsOf(ended.userId)).toEqual([other.id]);
    expect(await store.find(other.id)).toEqual(other);
  });

  it('brings no session back that is touched while it ends', async () => {
    const store = open();
    const session = newSession();
    await store.insert(session);
    const touch = () => store.touch(session.id, after(2 * HOUR_MS));

    await Promise.all([touch(), touch(), store.end(session.id), touch(), touch()]);

    expect(await store.find(session.id)).toBeNull();
    expect(await store.idsOf(session.userId)).toEqual([]);
  });

  it('ends all sessions of a user but the one named, and says which', async () => {
    const store = open();
    const userId = newId('usr');
    const [first, second, kept] = [newSession({ userId }), newSession({ userId }), newSession({ userId })];
    const stranger = newSession();
    for (const session of [first, second, kept, stranger]) await store.insert(session);

    const ended = await store.endAll(userId, kept.id);

    expect(ended.toSorted()).toEqual([first.id, second.id].toSorted());
    expect(await store.idsOf(userId)).toEqual([kept.id]);
    expect(await store.find(first.id)).toBeNull();
    expect(await store.find(stranger.id)).toEqual(stranger);
    expect(await store.endAll(userId)).toEqual([kept.id]);
    expect(await store.endAll(userId)).toEqual([]);
  });
}

/** A session that began now and ends in an hour, or in a day at the latest. Its id has the form of a SHA-256 hash. */
export function newSession(particulars: Partial<Session> = {}): Session {
  return {
    id: randomBytes(32).toString('base64url'),
    userId: newId('usr'),
    createdAt: after(0),
    idleUntil: after(HOUR_MS),
    absoluteUntil: after(24 * HOUR_MS),
    ...particulars,
  };
}

function after(milliseconds: number): Date {
  return new Date(Date.now() + milliseconds);
}
