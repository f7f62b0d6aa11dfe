import { randomBytes } from 'node:crypto';
import { type AppError, InvalidInputError, NotFoundError } from '../../base/errors.js';
import type { Needs } from '../needs.js';
import { checkPassword, comparablePassword } from './password-rules.js';
import { endSessions, openSession, sessionExpired, type SignedIn, storedSessionId, touchSession } from './sessions.js';
import { ACCOUNT_RULE, accountKey, countAttempt } from './throttle.js';
import { checkUserName } from './user-name.js';
import type { User, Viewer } from './user.js';

/** Who is asking. */
export async function me(needs: Pick<Needs, 'users'>, viewer: Viewer): Promise<User> {
  const user = await needs.users.find(viewer.id);
  if (!user) throw sessionExpired();
  return user;
}

/**
 * A new token for the session that the viewer has, whose idle end moves on. The absolute end stays where the login put it,
 * and the token that was used keeps working: other tabs and open sockets of this session notice nothing.
 */
export async function refreshSession(
  needs: Pick<Needs, 'users' | 'sessions' | 'tokens' | 'clock' | 'settings'>,
  viewer: Viewer,
): Promise<SignedIn> {
  const session = await touchSession(needs, viewer.sessionId);
  const user = await me(needs, viewer);
  const token = await needs.tokens.sign({ sessionId: viewer.sessionId, userId: user.id }, session.absoluteUntil);
  return { token, expiresAt: session.idleUntil, user };
}

/** Ends the session that the viewer has: every key of it, and its sockets. False if it had ended meanwhile. */
export async function logout(needs: Pick<Needs, 'sessions' | 'bell'>, viewer: Viewer): Promise<boolean> {
  const id = storedSessionId(viewer.sessionId);
  const hasEnded = await needs.sessions.end(id);
  needs.bell.ring(`session:${id}`);
  return hasEnded;
}

/** Ends all sessions of the viewer, this one included. Returns how many there were. */
export function logoutEverywhere(needs: Pick<Needs, 'sessions' | 'bell'>, viewer: Viewer): Promise<number> {
  return endSessions(needs, viewer.id);
}

/**
 * Sets another password. Whoever knew the old one is out: all sessions end, and the one that is opened takes the place of
 * the viewer's. Wrong guesses at the old password are counted apart from those at the login, which strangers can use up.
 * Of several changes at once the quickest counts; for the others their current password is a wrong one then.
 *
 * @throws {AppError} INVALID_INPUT (`currentPassword` is wrong, `newPassword` will not do), RATE_LIMITED.
 */
export async function changePassword(
  needs: Pick<Needs, 'users' | 'passwords' | 'sessions' | 'tokens' | 'attempts' | 'bell' | 'clock' | 'settings'>,
  viewer: Viewer,
  input: { readonly currentPassword: string; readonly newPassword: string },
): Promise<SignedIn> {
  const attempts = `password:${viewer.id}`;
  await countAttempt(needs, attempts, ACCOUNT_RULE);
  const newPassword = checkPassword('newPassword', input.newPassword);
  const credentials = await needs.users.findCredentialsById(viewer.id);
  if (!credentials) throw sessionExpired();
  const { user, passwordHash } = credentials;
  if (!(await needs.passwords.verify(passwordHash, comparablePassword(input.currentPassword)))) {
    throw wrongCurrentPassword();
  }
  await needs.attempts.forgive(attempts);

  const newHash = await needs.passwords.hash(newPassword);
  // First, because it fails where sessions cannot be reached: then the old password still holds. And should this be cut off after the change, nobody stays who
  // was let in by the old one.
  await endSessions(needs, user.id, storedSessionId(viewer.sessionId));
  const { session, ...signedIn } = await openSession(needs, user);
  if (!(await needs.users.replacePasswordHash(user.id, passwordHash, newHash))) {
    await needs.sessions.end(session.id);
    throw wrongCurrentPassword();
  }
  await endSessions(needs, user.id, session.id);
  return signedIn;
}

function wrongCurrentPassword(): AppError {
  return new InvalidInputError('currentPassword', 'The current password is wrong.');
}

/**
 * For the people who run the server, when somebody is locked out: sets a password, ends all sessions of the account, and
 * forgets the attempts that were counted against it.
 *
 * @param newPassword Left out, a random one of 20 characters.
 * @returns The password that is set now.
 * @throws {AppError} NOT_FOUND, or INVALID_INPUT if the password will not do.
 */
export async function resetPassword(
  needs: Pick<Needs, 'users' | 'passwords' | 'sessions' | 'attempts' | 'bell'>,
  userName: string,
  newPassword: string = randomBytes(15).toString('base64url'),
): Promise<string> {
  const name = checkUserName(userName);
  const password = checkPassword('newPassword', newPassword);
  const credentials = await needs.users.findCredentials(name);
  if (!credentials) throw new NotFoundError('user');

  await needs.users.setPasswordHash(credentials.user.id, await needs.passwords.hash(password));
  await endSessions(needs, credentials.user.id);
  await needs.attempts.forgive(accountKey(name));
  return newPassword;
}
