/** A login. It ends after its idle time without a request, at `absoluteUntil` whatever happens, or when somebody ends it. */
export type Session = {
  /** The SHA-256 hash of the session id that the token carries (`storedSessionId`), so that what a store or a topic shows opens nothing. Stores keep it as it is. */
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date;
  /** When it ends if nothing is asked until then. */
  readonly idleUntil: Date;
  readonly absoluteUntil: Date;
};

/** Every implementation passes `test/contract/session-store.ts`. While the store is unreachable all methods throw SERVICE_UNAVAILABLE within 2 s: sessions fail closed. */
export interface SessionStore {
  insert(session: Session): Promise<void>;
  /** The session if it lives, with its idle end moved to `idleUntil` (never beyond its absolute end). Null once it has ended. */
  touch(id: string, idleUntil: Date): Promise<Session | null>;
  /** The session if it lives, left as it is. */
  find(id: string): Promise<Session | null>;
  /** The ids of a user's sessions; some may have ended just now. */
  idsOf(userId: string): Promise<readonly string[]>;
  /** Removes every key of the session. False if it had ended already. */
  end(id: string): Promise<boolean>;
  /** Ends all sessions of a user, but not the one named. Returns the ids of those that it ended. */
  endAll(userId: string, exceptId?: string): Promise<readonly string[]>;
}
