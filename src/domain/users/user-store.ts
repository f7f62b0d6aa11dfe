import type { Role, User } from './user.js';

/** A user and the hash of their password, which leaves the store by `findCredentials…` alone. */
export type Credentials = { readonly user: User; readonly passwordHash: string };

/** Every implementation passes `test/contract/user-store.ts`. */
export interface UserStore {
  /** False, and nothing stored, if the name is taken, or if `role` is OWNER and there is an owner already. */
  insert(user: User, passwordHash: string): Promise<boolean>;
  find(id: string): Promise<User | null>;
  /** Those that exist, in any order. */
  findMany(ids: readonly string[]): Promise<User[]>;
  /** In the order of registration, from after the user named. */
  list(limit: number, afterId: string | null): Promise<User[]>;
  findCredentials(userName: string): Promise<Credentials | null>;
  findCredentialsById(id: string): Promise<Credentials | null>;
  setPasswordHash(id: string, passwordHash: string): Promise<void>;
  /** Sets another hash in one write. False, and nothing changed, if `oldHash` is not, or no longer, the user's. */
  replacePasswordHash(id: string, oldHash: string, newHash: string): Promise<boolean>;
  setLastLogin(id: string, at: Date): Promise<void>;
  /** Changes nothing about the owner, who can only hand ownership over. */
  setRole(id: string, role: Exclude<Role, 'OWNER'>): Promise<void>;
  /** Makes one user OWNER and the other ADMIN in a single write. False, and nothing changed, if `fromId` is not the owner or `toId` does not exist. */
  transferOwnership(fromId: string, toId: string): Promise<boolean>;
  hasOwner(): Promise<boolean>;
}
