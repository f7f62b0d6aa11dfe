/** Hashes passwords with argon2id, off the event loop and few at a time. Throws SERVICE_UNAVAILABLE when too many are waiting. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** @param passwordHash Null for an account that does not exist: it is false then, and takes as long as for one that does. */
  verify(passwordHash: string | null, password: string): Promise<boolean>;
}
