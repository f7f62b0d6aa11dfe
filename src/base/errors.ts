/** The closed list of failures that a client may meet. PROTOCOL.md says what each means and what to do about it. */
export const ERROR_CODES = [
  'INVALID_INPUT',
  'UNAUTHENTICATED',
  'SESSION_EXPIRED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'RATE_LIMITED',
  'LIMIT_EXCEEDED',
  'BUDGET_EXCEEDED',
  'INVALID_OUTPUT',
  'QUERY_TOO_COMPLEX',
  'FEATURE_DISABLED',
  'MODEL_UNAVAILABLE',
  'UPSTREAM_RATE_LIMITED',
  'UPSTREAM_REFUSED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_FAILED',
  'SERVICE_UNAVAILABLE',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Machine-readable particulars of a failure. What the client may see of them, `api/format-error.ts` decides. */
export type ErrorDetails = {
  /** The input field at fault, as the API spells it. */
  readonly field?: string;
  /** What exactly is wrong with it, in capitals, where the operation's description lists such reasons. */
  readonly reason?: string;
  /** True if the same request may succeed later. */
  readonly isRetryable?: boolean;
  /** Milliseconds to wait before trying again. */
  readonly retryAfterMs?: number;
  /** What a model service said, at most 500 characters, secrets stripped. For OWNER and ADMIN only. */
  readonly providerMessage?: string;
  /** The model service failed over the tools, if it was offered any: it may answer if it is asked in another way. For nobody outside. */
  readonly hasRefusedTools?: boolean;
  /** The model service found what it was told too long: it may answer if it is told less. For nobody outside. */
  readonly isTooLong?: boolean;
};

/** A failure we expected and named. `message` is safe to show to the user; anything else that is thrown is a bug, and reaches clients as INTERNAL. */
export class AppError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What clients learn of a bug, with the code INTERNAL. */
export const INTERNAL_MESSAGE = 'Something went wrong on our side.';

/** Also for what exists but is not yours, so that ids cannot be probed. It never repeats the id: both answers must be the same, byte for byte. */
export class NotFoundError extends AppError {
  constructor(kind: string) {
    super('NOT_FOUND', `There is no such ${kind}.`);
  }
}

export class InvalidInputError extends AppError {
  constructor(field: string, message: string) {
    super('INVALID_INPUT', message, { field });
  }
}
