/** From most to least; `policy.ts` decides what each may do. There is always exactly one OWNER. */
export type Role = 'OWNER' | 'ADMIN' | 'DEVELOPER' | 'GUEST';

export type User = {
  readonly id: string;
  /** Normalised: see `normalizeUserName`. Unique. */
  readonly userName: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
};

/** Somebody with the rights of a user: who is asking, or whom a job works for. */
export type Actor = Pick<User, 'id' | 'role'>;

/** Who is asking: read from the database at each request, so that a change of role counts at once. */
export type Viewer = Actor & {
  /** As the token carries it: not for logs. Stores and topics know its hash. */
  readonly sessionId: string;
};
