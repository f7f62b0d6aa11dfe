import { GraphQLError, type ExecutionResult, type FormattedExecutionResult, type GraphQLFormattedError } from 'graphql';
import { AppError, INTERNAL_MESSAGE, type ErrorCode } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { isAdministrator } from '../domain/users/policy.js';
import type { RequestContext } from './context.js';

/** Errors in one answer. */
export const MAX_ERRORS = 100;

/** Who asked, as far as errors are concerned. */
export type Asker = Pick<RequestContext, 'log' | 'authentication'>;

export type FormatErrors = (errors: readonly unknown[], asker: Asker | null) => GraphQLFormattedError[];

/** A bug, as clients see it. */
export const MASKED = {
  message: INTERNAL_MESSAGE,
  extensions: { code: 'INTERNAL' satisfies ErrorCode },
} as const;

/** An error as it was sent before: it is sent again as it is. */
export class SentError extends GraphQLError {
  constructor(readonly sent: GraphQLFormattedError) {
    super(sent.message);
  }
}

/** Characters of a message that repeats parts of what was sent, and places that it points to: an answer must not be larger than its question. */
const MAX_MESSAGE_CHARS = 500;
const MAX_LOCATIONS = 5;

const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

/**
 * The one place where failures become GraphQL errors, over HTTP, WebSocket and SSE alike.
 * Named failures keep their code, message and details; what caused them is logged. What GraphQL itself finds wrong with a request is INVALID_INPUT or QUERY_TOO_COMPLEX.
 * Anything else is a bug: it is logged in full, and the client learns only that it is INTERNAL.
 *
 * @param log For failures of which nobody knows who asked.
 */
export function createErrorFormatter({ log, isProduction }: { log: Log; isProduction: boolean }): FormatErrors {
  return (errors, asker) => errors.slice(0, MAX_ERRORS).map((error) => format(error, asker));

  function format(error: unknown, asker: Asker | null): GraphQLFormattedError {
    if (error instanceof SentError) return error.sent;
    const cause = causeOf(error);
    const ownLog = asker?.log ?? log;
    if (cause instanceof AppError) {
      if (cause.cause !== undefined) ownLog.warn({ error: cause }, 'a request met a failure');
      return { ...placeOf(error), ...describe(cause, asker) };
    }
    if (isFoundByGraphQL(error, cause)) return { ...placeOf(error), ...describeRequest(error, isProduction) };
    ownLog.error({ error: cause }, 'a request met an unexpected failure');
    return { ...placeOf(error), ...MASKED };
  }
}

/** A result as clients may see it. One without errors is left as it is: streams pass through here. */
export function formatResult(
  result: ExecutionResult,
  formatErrors: FormatErrors,
  asker: Asker,
): FormattedExecutionResult {
  return result.errors ? { ...result, errors: formatErrors(result.errors, asker) } : result;
}

/** What was thrown before GraphQL wrapped it, perhaps several times. */
export function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

/** A named failure as this asker may see it; null is somebody of whom nothing is known. */
export function describe({ code, message, details }: AppError, asker: Asker | null): GraphQLFormattedError {
  const { providerMessage, hasRefusedTools: _tools, isTooLong: _length, ...rest } = details;
  const mayKnow = providerMessage !== undefined && asker !== null && maySeeProviders(asker);
  return { message, extensions: { code, ...rest, ...(mayKnow && { providerMessage }) } };
}

function maySeeProviders({ authentication }: Asker): boolean {
  return 'viewer' in authentication && isAdministrator(authentication.viewer);
}

/** Syntax, validation, variables and arguments. What GraphQL finds wrong with our answers has a path, and does not speak of an argument. */
function isFoundByGraphQL(error: unknown, cause: unknown): error is GraphQLError {
  if (!(error instanceof GraphQLError)) return false;
  if (error.path) return cause instanceof GraphQLError && error.message.startsWith('Argument "');
  return cause instanceof GraphQLError || error.message.startsWith('Variable "$');
}

function describeRequest({ message }: GraphQLError, isProduction: boolean): GraphQLFormattedError {
  const code: ErrorCode = TOO_MANY_TOKENS.test(message) ? 'QUERY_TOO_COMPLEX' : 'INVALID_INPUT';
  // Cut first: it quotes what the client sent, however long that is.
  const cut = message.length > MAX_MESSAGE_CHARS ? `${message.slice(0, MAX_MESSAGE_CHARS)}…` : message;
  return { message: isProduction ? cut.replace(/ ?Did you mean [^?]*(?:\?|$)/g, '') : cut, extensions: { code } };
}

function placeOf(error: unknown): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  if (!(error instanceof GraphQLError)) return {};
  const { locations, path } = error;
  return { ...(locations && { locations: locations.slice(0, MAX_LOCATIONS) }), ...(path && { path }) };
}
