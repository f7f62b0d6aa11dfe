import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../../base/errors.js';
import type { Needs } from '../needs.js';
import type { Session } from './session-store.js';
import type { User } from './user.js';

/** What a client gets when it has signed in. */
export type SignedIn = {
  /** The bearer token; its `exp` is the absolute end of the session. */
  readonly token: string;
  /** When the session ends if nothing is asked until then. */
  readonly expiresAt: Date;
  readonly user: User;
};

const SESSION_ID_BYTES = 32;

/** The name by which stores and bell topics know a session. */
export function storedSessionId(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url');
}

/** Opens a new session, with an id that nobody has seen before. */
export async function openSession(
  needs: Pick<Needs, 'sessions' | 'tokens' | 'clock' | 'settings'>,
  user: User,
): Promise<SignedIn & { readonly session: Session }> {
  const { sessionIdleMs, sessionAbsoluteMs } = needs.settings.accounts;
  const createdAt = needs.clock.now();
  const sessionId = randomBytes(SESSION_ID_BYTES).toString('base64url');
  const session: Session = {
    id: storedSessionId(sessionId),
    userId: user.id,
    createdAt,
    idleUntil: after(createdAt, Math.min(sessionIdleMs, sessionAbsoluteMs)),
    absoluteUntil: after(createdAt, sessionAbsoluteMs),
  };
  await needs.sessions.insert(session);
  const token = await needs.tokens.sign({ sessionId, userId: user.id }, session.absoluteUntil);
  return { token, expiresAt: session.idleUntil, user, session };
}

/**
 * The session that a request was made with, with its idle end moved on.
 *
 * @throws {AppError} SESSION_EXPIRED if it has ended, whatever ended it.
 */
export async function touchSession(
  needs: Pick<Needs, 'sessions' | 'clock' | 'settings'>,
  sessionId: string,
): Promise<Session> {
  const idleUntil = after(needs.clock.now(), needs.settings.accounts.sessionIdleMs);
  const session = await needs.sessions.touch(storedSessionId(sessionId), idleUntil);
  if (session) return session;
  throw sessionExpired();
}

/** Ends sessions of a user and tells everybody who holds a socket of one, also where some may have ended and the rest could not. Returns how many ended. */
export async function endSessions(
  needs: Pick<Needs, 'sessions' | 'bell'>,
  userId: string,
  exceptStoredId?: string,
): Promise<number> {
  const concerned = new Set(await needs.sessions.idsOf(userId));
  try {
    const ended = await needs.sessions.endAll(userId, exceptStoredId);
    for (const id of ended) concerned.add(id);
    return ended.length;
  } finally {
    for (const id of concerned) needs.bell.ring(`session:${id}`);
  }
}

export function sessionExpired(): AppError {
  return new AppError('SESSION_EXPIRED', 'Your session has ended. Sign in again.');
}

function after(time: Date, milliseconds: number): Date {
  return new Date(time.getTime() + milliseconds);
}
