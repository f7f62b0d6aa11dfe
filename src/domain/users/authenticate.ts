import { AppError } from '../../base/errors.js';
import type { Needs } from '../needs.js';
import { sessionExpired, touchSession } from './sessions.js';
import type { Viewer } from './user.js';

/**
 * Who sent a request, by its bearer token. The session counts as used, so that its idle end moves on; the role is what
 * the database says now.
 *
 * @param token What stood after `Bearer`; null if nothing did.
 * @throws {AppError} SESSION_EXPIRED for a token of ours whose session has ended, whatever ended it; UNAUTHENTICATED for
 *   any other and for none; SERVICE_UNAVAILABLE while sessions or users cannot be read.
 */
export async function authenticate(
  needs: Pick<Needs, 'tokens' | 'sessions' | 'users' | 'clock' | 'settings'>,
  token: string | null,
): Promise<Viewer> {
  const claims = token === null ? null : await needs.tokens.verify(token);
  if (claims === null) throw new AppError('UNAUTHENTICATED', 'Sign in first.');
  const [session, user] = await Promise.all([touchSession(needs, claims.sessionId), needs.users.find(claims.userId)]);
  if (user === null || session.userId !== user.id) throw sessionExpired();
  return { id: user.id, role: user.role, sessionId: claims.sessionId };
}
