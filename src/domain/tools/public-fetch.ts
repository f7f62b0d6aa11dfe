export type PublicRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Bytes of the body that are read at most; the rest is dropped. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
};

export type PublicResponse = {
  readonly status: number;
  /** Of the last hop, after redirects. */
  readonly url: string;
  /** In lower case, without parameters; empty if the other side names none. */
  readonly mediaType: string;
  /** As the other side names it. */
  readonly charset: string | null;
  readonly body: Buffer;
  readonly isTruncated: boolean;
};

/**
 * Fetches for a tool what anybody on the internet could fetch, and nothing else: security.md 33.
 *
 * @throws {AppError} FORBIDDEN where an address is not public and not allow-listed; INVALID_INPUT for an address that cannot be used;
 * UPSTREAM_TIMEOUT and UPSTREAM_FAILED where the other side does not answer.
 */
export type PublicFetch = (request: PublicRequest) => Promise<PublicResponse>;
