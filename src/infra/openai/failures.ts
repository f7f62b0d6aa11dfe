import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';
import { isGarbledCall, isTooLong, messageIn, refusesTools, statusOf } from './provider-message.js';
import { withoutKey, withoutSecrets } from './secrets.js';
import type { WireChunk } from './wire-chunk.js';

const MAX_PROVIDER_MESSAGE_CHARS = 500;

/** Characters of what a service says that are looked at. */
const MAX_READ_CHARS = 16_384;

/** The longest wait, in milliseconds, that is told: a day. */
const MAX_TOLD_WAIT_MS = 86_400_000;

/** What went wrong with a model service, named. What the service itself said is for administrators only, and without the key. */
export class Failures {
  readonly #apiKey: Secret | null;

  constructor(apiKey: Secret | null) {
    this.#apiKey = apiKey;
  }

  /** The service answered with an error. @param body As far as it was read. */
  ofStatus(status: number, headers: IncomingHttpHeaders, body: string): AppError {
    return this.#ofCode(status, readRetryAfter(headers), `HTTP ${status}: ${this.#said(body)}`);
  }

  /** The connection could not be made, or broke. */
  ofConnection(error: unknown): AppError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return this.#failed('The model service cannot be reached, or cut the connection.', cause);
  }

  /** The service reported an error in its answer. */
  ofReport(report: WireChunk): AppError {
    return this.#ofCode(statusOf(report), null, this.#said(JSON.stringify(report)));
  }

  #ofCode(status: number, retryAfterMs: number | null, said: string): AppError {
    const providerMessage = this.#short(said);
    const told = {
      providerMessage,
      ...(refusesTools(status, said) && { hasRefusedTools: true }),
      ...(isTooLong(status, said) && { isTooLong: true }),
    };
    const retry = { isRetryable: true, ...(retryAfterMs !== null && { retryAfterMs }), ...told };
    if (status === 429)
      return new AppError('UPSTREAM_RATE_LIMITED', 'The model service takes no more requests for the moment.', retry);
    if (status >= 500 || PASSING_STATUSES.has(status) || isGarbledCall(said))
      return new AppError('UPSTREAM_FAILED', 'The model service has a problem of its own.', retry);
    return new AppError('UPSTREAM_REFUSED', refusalOf(status), { isRetryable: false, ...told });
  }

  /** What came is not an answer. */
  ofNonsense(what: unknown): AppError {
    return this.#failed('The model service answered with something that is not an answer.', what);
  }

  unfinished(): AppError {
    return this.#failed(
      'The model service stopped in the middle of its answer.',
      'The stream ended without a finish reason.',
    );
  }

  silence(milliseconds: number, hasBegun: boolean): AppError {
    const seconds = Math.ceil(milliseconds / 1000);
    const message = hasBegun
      ? `The model service stopped in the middle of its answer, for ${seconds} s.`
      : `The model service did not begin to answer within ${seconds} s.`;
    return new AppError('UPSTREAM_TIMEOUT', message, { isRetryable: true });
  }

  #failed(message: string, what: unknown): AppError {
    const said = this.#said(what instanceof Error ? what.message || what.name : String(what));
    return new AppError('UPSTREAM_FAILED', message, { isRetryable: true, providerMessage: this.#short(said) });
  }

  /** The key may be spelled out by what is read, as well as before. */
  #said(body: string): string {
    const message = messageIn(withoutKey(body, this.#apiKey), MAX_READ_CHARS);
    return withoutSecrets(withoutKey(message, this.#apiKey));
  }

  #short(said: string): string {
    const oneLine = said.replace(/[\p{Cc}\s]+/gu, ' ').trim();
    return oneLine.slice(0, MAX_PROVIDER_MESSAGE_CHARS).toWellFormed();
  }
}

/** Client errors that say "not now" rather than "not so": request time-out, conflict, too early. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 409, 425]);

function refusalOf(status: number): string {
  if (status === 401 || status === 403) return 'The model service does not accept the key of its provider.';
  if (status === 402) return 'The account at the model service is used up.';
  if (status === 404) return 'The model service does not know the model, or its address is wrong.';
  return 'The model service refused the request.';
}

/** Milliseconds; null if the service did not say, or not so that it can be understood. */
function readRetryAfter(headers: IncomingHttpHeaders): number | null {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (milliseconds >= 0) return Math.min(Math.ceil(milliseconds), MAX_TOLD_WAIT_MS);
  const text = headers['retry-after'];
  if (text === undefined) return null;
  const wait = /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, Math.ceil(wait)), MAX_TOLD_WAIT_MS);
}
