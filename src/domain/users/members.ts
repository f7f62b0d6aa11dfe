import { AppError, InvalidInputError, NotFoundError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import type { Needs } from '../needs.js';
import { isAdministrator, requireAdministrator, requireOwner } from './policy.js';
import type { Role, User, Viewer } from './user.js';

/** Everybody, in the order of registration. Administrators only. @throws {AppError} FORBIDDEN, INVALID_INPUT */
export function listUsers(
  needs: Pick<Needs, 'users'>,
  viewer: Viewer,
  page: { readonly limit: number; readonly afterId: string | null },
): Promise<User[]> {
  requireAdministrator(viewer);
  if (page.afterId !== null && !isId('usr', page.afterId))
    throw new InvalidInputError('after', 'This is not a cursor of this list.');
  return needs.users.list(page.limit, page.afterId);
}

/** Users see themselves, administrators everybody. Null for nobody, and for anybody else. */
export async function visibleUser(needs: Pick<Needs, 'users'>, viewer: Viewer, id: string): Promise<User | null> {
  return id === viewer.id || isAdministrator(viewer) ? needs.users.find(id) : null;
}

/**
 * Gives a user another role. The owner makes and unmakes admins; admins move people between DEVELOPER and GUEST.
 * It counts from the user's next request, and ends what their sockets are following.
 *
 * @throws {AppError} FORBIDDEN, NOT_FOUND, or INVALID_INPUT for OWNER, which is only ever handed over.
 */
export async function setUserRole(
  needs: Pick<Needs, 'users' | 'sessions' | 'bell'>,
  viewer: Viewer,
  input: { readonly userId: string; readonly role: Role },
): Promise<User> {
  requireAdministrator(viewer);
  const { role } = input;
  if (role === 'OWNER') throw new InvalidInputError('role', 'There is one owner. Use transferOwnership.');
  const user = await requireUser(needs, input.userId);
  if (!maySetRole(viewer, user, role)) throw new AppError('FORBIDDEN', 'Your role does not let you make this change.');

  const sessionIds = await needs.sessions.idsOf(user.id);
  await needs.users.setRole(user.id, role);
  ringAll(needs, sessionIds);
  return { ...user, role };
}

/**
 * Makes another user OWNER, and the viewer an admin, in one step.
 *
 * @returns The new owner.
 * @throws {AppError} FORBIDDEN, NOT_FOUND, INVALID_INPUT for the owner themselves, CONFLICT if ownership moved meanwhile.
 */
export async function transferOwnership(
  needs: Pick<Needs, 'users' | 'sessions' | 'bell'>,
  viewer: Viewer,
  userId: string,
): Promise<User> {
  requireOwner(viewer);
  if (userId === viewer.id) throw new InvalidInputError('userId', 'You are the owner already.');
  const heir = await requireUser(needs, userId);

  const sessionIds = [...(await needs.sessions.idsOf(viewer.id)), ...(await needs.sessions.idsOf(heir.id))];
  if (!(await needs.users.transferOwnership(viewer.id, heir.id))) {
    throw new AppError('CONFLICT', 'Ownership has moved meanwhile.');
  }
  ringAll(needs, sessionIds);
  return { ...heir, role: 'OWNER' };
}

async function requireUser({ users }: Pick<Needs, 'users'>, id: string): Promise<User> {
  const user = await users.find(id);
  if (!user) throw new NotFoundError('user');
  return user;
}

function maySetRole(viewer: Viewer, user: User, role: Exclude<Role, 'OWNER'>): boolean {
  if (user.role === 'OWNER') return false;
  return viewer.role === 'OWNER' || (user.role !== 'ADMIN' && role !== 'ADMIN');
}

function ringAll({ bell }: Pick<Needs, 'bell'>, sessionIds: readonly string[]): void {
  for (const id of sessionIds) bell.ring(`session:${id}`);
}
