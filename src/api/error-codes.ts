import { registerEnumType } from 'type-graphql';
import { ERROR_CODES, type ErrorCode } from '../base/errors.js';

/** What each code tells a client to do; PROTOCOL.md has more. */
const CODES: { readonly [Code in ErrorCode]: string } = {
  INVALID_INPUT: 'Something in the request cannot be; `field` says what.',
  UNAUTHENTICATED: 'Sign in first.',
  SESSION_EXPIRED: 'The session has ended: sign in again.',
  FORBIDDEN: 'You may not do this.',
  NOT_FOUND: 'There is no such thing, or it is not yours.',
  CONFLICT: 'It does not fit what is there by now.',
  RATE_LIMITED: 'Too many attempts; `retryAfterMs` says how long to wait.',
  LIMIT_EXCEEDED: 'More than is allowed.',
  BUDGET_EXCEEDED: 'The budget is used up.',
  INVALID_OUTPUT: 'The model did not answer in the form that was asked for.',
  QUERY_TOO_COMPLEX: 'The query asks for too much at once.',
  FEATURE_DISABLED: 'This is turned off here.',
  MODEL_UNAVAILABLE: 'The model was deleted or turned off: choose another.',
  UPSTREAM_RATE_LIMITED: 'The model service has had enough for now.',
  UPSTREAM_REFUSED: 'The model service refused.',
  UPSTREAM_TIMEOUT: 'The model service took too long.',
  UPSTREAM_FAILED: 'The model service failed.',
  SERVICE_UNAVAILABLE: 'A part of the server does not answer: try again.',
  INTERNAL: 'A fault of ours, which is in the log.',
};

export const ErrorCodeEnum = Object.fromEntries(ERROR_CODES.map((code) => [code, code])) as {
  readonly [Code in ErrorCode]: Code;
};
registerEnumType(ErrorCodeEnum, {
  name: 'ErrorCode',
  description: 'The closed list of failures: `extensions.code` of an error, and `code` of a run that failed.',
  valuesConfig: Object.fromEntries(ERROR_CODES.map((code) => [code, { description: CODES[code] }])),
});
