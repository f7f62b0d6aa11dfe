import { AppError } from '../../base/errors.js';
import { sessionExpired } from '../../domain/users/sessions.js';
import type { WatchEnd } from '../../domain/users/watch-session.js';

/** What a reader is told whose stream may not go on. */
export function failureOf(end: WatchEnd): AppError {
  return end === 'SESSION_ENDED'
    ? sessionExpired()
    : new AppError('FORBIDDEN', 'Your role has changed. Open this again with the rights that you have now.', {
        isRetryable: true,
      });
}
