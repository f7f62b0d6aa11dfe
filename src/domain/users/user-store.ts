import type { Role, User } from './user.js';

/** A user and the hash of their password, which leaves the store by `findCredentials` alone. */
export type Credentials = { readonly user: User; readonly passwordHash: string };

/** Every implementation passes `test/contract/user-store.ts`. */
export interface UserStore {
  /** False, and nothing stored, if the name is taken, or if `role` is OWNER and there is an owner already. */
  insert(user: User, passwordHash: string): Promise<boolean>;
  find(id: string): Promise<User | null>;
  findMany(ids: readonly string[]): Promise<User[]>;
  findCredentials(userName: string): Promise<Credentials | null>;
  findCredentialsById(id: string): Promise<Credentials | null>;
  setPasswordHash(id: string, passwordHash: string): Promise<void>;
  setLastLogin(id: string, at: Date): Promise<void>;
  setRole(id: string, role: Role): Promise<void>;
  hasOwner(): Promise<boolean>;
}
