import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../base/errors.js';
import type { Secret } from '../../base/secret.js';

const MAX_PROVIDER_MESSAGE_CHARS = 500;

/** What went wrong with a model service, named. What the service itself said is for administrators only, and without the key. */
export class Failures {
  readonly #apiKey: Secret | null;

  constructor(apiKey: Secret | null) {
    this.#apiKey = apiKey;
  }

  /** The service answered with an error. @param body As far as it was read. */
  ofStatus(status: number, headers: IncomingHttpHeaders, body: string): AppError {
    const providerMessage = this.#safe(`HTTP ${status}: ${messageIn(body)}`);
    const retryAfterMs = readRetryAfter(headers);
    const retry = { isRetryable: true, ...(retryAfterMs !== null && { retryAfterMs }), providerMessage };
    if (status === 429)
      return new AppError('UPSTREAM_RATE_LIMITED', 'The model service takes no more requests for the moment.', retry);
    if (status >= 500 || PASSING_STATUSES.has(status))
      return new AppError('UPSTREAM_FAILED', 'The model service has a problem of its own.', retry);
    return new AppError('UPSTREAM_REFUSED', refusalOf(status), { isRetryable: false, providerMessage });
  }

  /** The connection could not be made, or broke. */
  ofConnection(error: unknown): AppError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return this.#failed('The model service cannot be reached, or cut the connection.', cause);
  }

  /** The service reported an error in the middle of its answer. */
  ofReport(report: unknown): AppError {
    return this.#failed('The model service has a problem of its own.', JSON.stringify(report));
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
    const said = what instanceof Error ? what.message || what.name : messageIn(String(what));
    return new AppError('UPSTREAM_FAILED', message, { isRetryable: true, providerMessage: this.#safe(said) });
  }

  #safe(text: string): string {
    const key = this.#apiKey?.reveal() ?? '';
    const withoutKey = key === '' ? text : text.replaceAll(key, '[secret]');
    const safe = SECRETS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), withoutKey);
    const oneLine = safe.replace(/[\p{Cc}\s]+/gu, ' ').trim();
    return oneLine.slice(0, MAX_PROVIDER_MESSAGE_CHARS).toWellFormed();
  }
}

/** Client errors that say "not now" rather than "not so": request time-out, conflict, too early. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 409, 425]);

/** Keys and tokens as services write them, also half covered by asterisks, and passwords in addresses. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\bBearer\s+[^\s"',]+/gi, 'Bearer [secret]'],
  [/\b(?:sk|pk|rk|gsk|xai|nvapi|hf|key|api|token)[-_][\w*.-]{6,}/gi, '[secret]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[secret]'],
  [/\b[\w-]{40,}\b/g, '[secret]'],
  [/\/\/[^\s/@]+@/g, '//[secret]@'],
];

function refusalOf(status: number): string {
  if (status === 401 || status === 403) return 'The model service does not accept the key of its provider.';
  if (status === 402) return 'The account at the model service is used up.';
  if (status === 404) return 'The model service does not know the model, or its address is wrong.';
  return 'The model service refused the request.';
}

/** What a service says in its own words: in one of the usual places of a JSON body, or as the text of a page. */
function messageIn(body: string): string {
  const json = parse(body);
  if (!isObject(json)) return body.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  const { error, message, detail } = json;
  const said = [isObject(error) ? error['message'] : error, message, detail].find((text) => typeof text === 'string');
  return typeof said === 'string' ? said : body;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Milliseconds; null if the service did not say, or not so that it can be understood. */
function readRetryAfter(headers: IncomingHttpHeaders): number | null {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (milliseconds >= 0) return Math.ceil(milliseconds);
  const text = headers['retry-after'];
  if (text === undefined) return null;
  const wait = /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? null : Math.max(0, Math.ceil(wait));
}
