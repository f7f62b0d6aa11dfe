import type { GraphQLFormattedError } from 'graphql';

/** What a server said was wrong, CONNECTION_LOST where it said nothing, or CLOSED by `close`. PROTOCOL.md tells what each code asks for. */
export class TomatoError extends Error {
  /** One of the API's `ErrorCode`s, CONNECTION_LOST or CLOSED. */
  readonly code: string;
  /** Such as `field`, `isRetryable` and `retryAfterMs`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'TomatoError';
    this.code = code;
    this.details = details;
  }
}

/** Of the first error of an answer: the others tell of the same request. */
export function errorOf([first]: readonly GraphQLFormattedError[]): TomatoError {
  const { code, ...details } = first?.extensions ?? {};
  return new TomatoError(
    typeof code === 'string' ? code : 'INTERNAL',
    first?.message ?? 'The server gave no reason.',
    details,
  );
}

export function connectionLost(cause: unknown): TomatoError {
  return new TomatoError('CONNECTION_LOST', 'The server cannot be reached.', { isRetryable: true }, { cause });
}
