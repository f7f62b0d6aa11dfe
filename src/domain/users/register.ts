import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../base/errors.js';
import type { Needs } from '../needs.js';
import { checkPassword } from './password-rules.js';
import { openSession, type SignedIn } from './sessions.js';
import { addressKey, countAttempt, REGISTRATION_RULE } from './throttle.js';
import { checkUserName } from './user-name.js';
import type { Role, User } from './user.js';

type Registering = Pick<
  Needs,
  'users' | 'passwords' | 'sessions' | 'tokens' | 'attempts' | 'clock' | 'newId' | 'settings'
>;

export type NewAccount = {
  readonly userName: string;
  readonly password: string;
  /** What the server printed at its first start; only the first account in production needs it. */
  readonly ownerCode?: string | null | undefined;
};

/**
 * Makes an account and signs it in. The first one becomes OWNER, for which it may need a code; later ones get the
 * default role while registration is open. Of several at once with the same name exactly one is made.
 *
 * @param address Whose registrations are counted.
 * @throws {AppError} INVALID_INPUT (name, password), CONFLICT (name taken), FORBIDDEN (owner code missing or wrong),
 *   FEATURE_DISABLED (registration is closed), RATE_LIMITED.
 */
export async function register(needs: Registering, address: string, input: NewAccount): Promise<SignedIn> {
  await countAttempt(needs, addressKey('register', address), REGISTRATION_RULE);
  const userName = checkUserName(input.userName);
  const password = checkPassword('password', input.password);
  const role = await roleOfNewcomer(needs, input.ownerCode);
  const passwordHash = await needs.passwords.hash(password);

  const user = newUser(needs, userName, role);
  if (await needs.users.insert(user, passwordHash)) return openSession(needs, user);

  // Somebody else may have become OWNER since we looked: then this is one of the later accounts.
  const later = role === 'OWNER' ? newUser(needs, userName, await roleOfNewcomer(needs, input.ownerCode)) : null;
  if (later && (await needs.users.insert(later, passwordHash))) return openSession(needs, later);
  throw new AppError('CONFLICT', 'This user name is taken.', { field: 'userName' });
}

async function roleOfNewcomer(needs: Registering, ownerCode: string | null | undefined): Promise<Role> {
  const { registration, defaultRole, ownerCode: wanted } = needs.settings.accounts;
  if (await needs.users.hasOwner()) {
    if (registration === 'open') return defaultRole;
    throw new AppError('FEATURE_DISABLED', 'Registration is closed.');
  }
  if (wanted !== null && !isSame(ownerCode ?? '', wanted.reveal())) {
    throw new AppError(
      'FORBIDDEN',
      'The first account needs the owner code that the server printed when it first started.',
      {
        field: 'ownerCode',
      },
    );
  }
  return 'OWNER';
}

function newUser(needs: Registering, userName: string, role: Role): User {
  const now = needs.clock.now();
  return { id: needs.newId('usr'), userName, role, createdAt: now, lastLoginAt: now };
}

/** Takes as long wherever the two differ. */
function isSame(left: string, right: string): boolean {
  const [a, b] = [left, right].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
