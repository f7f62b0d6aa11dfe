import { AppError } from '../../base/errors.js';
import { Turns } from '../../base/turns.js';
import type { Needs } from '../needs.js';
import { comparablePassword } from './password-rules.js';
import { openSession, type SignedIn } from './sessions.js';
import { ACCOUNT_RULE, accountKey, ADDRESS_RULE, addressKey, countAttempt } from './throttle.js';
import { foldUserName, normalizeUserName } from './user-name.js';
import type { Credentials } from './user-store.js';

type SigningIn = Pick<Needs, 'users' | 'passwords' | 'sessions' | 'tokens' | 'attempts' | 'clock' | 'settings'>;

export type NameAndPassword = { readonly userName: string; readonly password: string };

const MAX_WAITING_LOGINS = 100;

/**
 * An address has one password checked at a time: so a flood from one place does not hold up logins from others, and right
 * passwords sent side by side are never counted as many attempts. One for the process, since its processor is what they share.
 */
const turns = new Turns(MAX_WAITING_LOGINS);

/**
 * Signs in. An unknown name and a wrong password get the same answer in the same time. A right password wipes out what was
 * counted against the account; a wrong one touches no session. One that is replaced while it signs in is a wrong one.
 *
 * @param address Whose wrong passwords are counted, beside those for the account.
 * @throws {AppError} UNAUTHENTICATED, or RATE_LIMITED with `retryAfterMs`.
 */
export async function login(needs: SigningIn, address: string, input: NameAndPassword): Promise<SignedIn> {
  const { user, passwordHash } = await checkCredentials(needs, address, input);
  const lastLoginAt = needs.clock.now();
  const { session, ...signedIn } = await openSession(needs, { ...user, lastLoginAt });
  // Who replaces a password ends the sessions that they find. This one may have come after that: but then the hash is another by now.
  const now = await needs.users.findCredentialsById(user.id);
  if (now?.passwordHash !== passwordHash) {
    await needs.sessions.end(session.id);
    throw wrongNameOrPassword();
  }
  await needs.users.setLastLogin(user.id, lastLoginAt);
  return signedIn;
}

function checkCredentials(needs: SigningIn, address: string, input: NameAndPassword): Promise<Credentials> {
  const fromAddress = addressKey('login', address);
  const forAccount = accountKey(foldUserName(input.userName));
  return turns.take(fromAddress, async () => {
    await countAttempt(needs, fromAddress, ADDRESS_RULE);
    // An attempt that the account's count refuses is not held against the address: others who share it, or the same person at another account, are not locked out by it.
    await countAttempt(needs, forAccount, ACCOUNT_RULE).catch(uncount(needs, fromAddress));

    const credentials = await findByPassword(needs, input).catch(uncount(needs, fromAddress, forAccount));
    if (credentials === null) throw wrongNameOrPassword();
    await needs.attempts.takeBack(fromAddress);
    await needs.attempts.forgive(forAccount);
    return credentials;
  });
}

async function findByPassword(needs: SigningIn, { userName, password }: NameAndPassword): Promise<Credentials | null> {
  const name = normalizeUserName(userName);
  const credentials = name === null ? null : await needs.users.findCredentials(name);
  const isRight = await needs.passwords.verify(credentials?.passwordHash ?? null, comparablePassword(password));
  return isRight ? credentials : null;
}

function wrongNameOrPassword(): AppError {
  return new AppError('UNAUTHENTICATED', 'The user name or the password is wrong.');
}

/** No password was judged, so none counts: an outage of ours must not lock anybody out. */
function uncount(needs: SigningIn, ...keys: readonly string[]): (failure: unknown) => Promise<never> {
  return async (failure) => {
    for (const key of keys) await needs.attempts.takeBack(key);
    throw failure;
  };
}
