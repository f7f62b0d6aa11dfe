/** The one time that a request is carried out under its key. */
export type Attempt = {
  /** Of a user and their key together. */
  readonly id: string;
  /** Of what is asked. */
  readonly fingerprint: string;
  /** The call that carries it out. */
  readonly holder: string;
  /** Until then the holder is believed to go on. */
  readonly leaseUntil: Date;
  /** What came of it; null while nobody knows. */
  readonly answer: string | null;
  /** It may be deleted from then on. */
  readonly forgetAt: Date;
};

export type Held = Pick<Attempt, 'id' | 'holder'>;

/** Every implementation passes `test/contract/idempotency-store.ts`. What has another holder by now is left as it is. */
export interface IdempotencyStore {
  /** Begins the attempt, unless there is one of its id. Returns the one that there is now: of many that are claimed at once, the same for all. */
  claim(attempt: Attempt): Promise<Attempt>;
  /** The holder is believed to go on until then. */
  renew(held: Held, leaseUntil: Date): Promise<void>;
  /** What came of it, for all who ask the same again. */
  keep(held: Held, answer: string): Promise<void>;
  /** As if it had never begun. */
  release(held: Held): Promise<void>;
}
