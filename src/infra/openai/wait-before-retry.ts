import { AppError } from '../../base/errors.js';
import { backoffMs } from '../../base/retry.js';

/** Times that a request is sent again, as long as nothing of an answer has come. */
const MAX_RETRIES = 2;

/** Longest wait, in milliseconds, that a service may ask for by Retry-After; where it asks for more, the request fails. */
const MAX_WAIT_MS = 10_000;

/**
 * Milliseconds until a request is sent again; null if it is not. Silence is not answered by asking again, since the user has waited long enough.
 *
 * @param attempt Counts from 1.
 */
export function waitBeforeRetry(attempt: number, error: unknown): number | null {
  if (attempt > MAX_RETRIES || !(error instanceof AppError)) return null;
  if (error.code !== 'UPSTREAM_FAILED' && error.code !== 'UPSTREAM_RATE_LIMITED') return null;
  const { retryAfterMs = 0 } = error.details;
  return retryAfterMs > MAX_WAIT_MS ? null : retryAfterMs + backoffMs(attempt, { baseMs: 500 });
}
