import { AppError } from '../../base/errors.js';
import type { Actor } from './user.js';

type Asking = Pick<Actor, 'role'>;

/** OWNER and ADMIN: they look after providers, models, users and backups. */
export function isAdministrator({ role }: Asking): boolean {
  return role === 'OWNER' || role === 'ADMIN';
}

/** @throws {AppError} FORBIDDEN for DEVELOPER and GUEST. */
export function requireAdministrator(viewer: Asking): void {
  if (!isAdministrator(viewer)) throw new AppError('FORBIDDEN', 'Only administrators may do this.');
}

/** @throws {AppError} FORBIDDEN for everybody but OWNER. */
export function requireOwner({ role }: Asking): void {
  if (role !== 'OWNER') throw new AppError('FORBIDDEN', 'Only the owner may do this.');
}

/** @throws {AppError} FORBIDDEN for GUEST, who only reads. */
export function requireCreator({ role }: Asking): void {
  if (role === 'GUEST') throw new AppError('FORBIDDEN', 'Guests may read, but not create or change anything.');
}
