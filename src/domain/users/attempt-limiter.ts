/** How many attempts are let through in a fixed window, which is rounded up to whole seconds. */
export type AttemptRule = { readonly attempts: number; readonly windowMs: number };

/** Counts attempts by key. Every implementation passes `test/contract/attempt-limiter.ts`. */
export interface AttemptLimiter {
  /**
   * Counts one attempt. The window opens at the first attempt and is not extended by later ones.
   *
   * @param key At most 128 characters of `[a-z0-9:._@-]`: callers hash what a client sent.
   * @returns 0 if it may go on, else the milliseconds until the window ends.
   */
  attempt(key: string, rule: AttemptRule): Promise<number>;
  /** Takes back one attempt that was counted for `key`, if the window is still open. */
  takeBack(key: string): Promise<void>;
  /** Forgets the attempts counted for `key`. */
  forgive(key: string): Promise<void>;
}
