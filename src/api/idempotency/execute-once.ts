import {
  execute,
  getOperationAST,
  Kind,
  locatedError,
  print,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import { AppError, InvalidInputError, type ErrorCode } from '../../base/errors.js';
import { once, type Outcome } from '../../domain/idempotency/once.js';
import { requireViewer, type RequestContext } from '../context.js';
import { causeOf, formatResult, SentError, type FormatErrors } from '../format-error.js';
import { checkKey } from './idempotency-key.js';
import { asksForNeverKept } from './never-kept.js';

type Mutation = ExecutionArgs & { readonly contextValue: RequestContext };

/**
 * Executes a mutation of somebody who has signed in at most once for its key, whichever transport brings it how often. What is not executed is answered with what was
 * sent the first time. Never rejects: what keeps it from being executed is an error of the result.
 */
export async function executeOnce(
  mutation: Mutation,
  key: unknown,
  formatErrors: FormatErrors,
): Promise<ExecutionResult> {
  const { contextValue: context, schema, document, operationName } = mutation;
  try {
    const checkedKey = checkKey(key);
    if (asksForNeverKept(schema, document, operationName)) {
      throw new InvalidInputError('idempotencyKey', 'What lets you in is not kept: ask for it without a key.');
    }
    const { id: userId } = requireViewer(context);
    const answer = await once(context.needs, { userId, key: checkedKey, request: requestOf(mutation) }, async () => {
      const result = await execute(mutation);
      const sent = formatResult(result, formatErrors, context);
      return { answer: JSON.stringify(sent), done: doneBy(mutation, result, sent.errors ?? []) };
    });
    return resultOf(JSON.parse(answer) as FormattedExecutionResult);
  } catch (error) {
    return { data: null, errors: [locatedError(error, undefined)] };
  }
}

/** The same for the same request, however its document is laid out and its variables are ordered. */
function requestOf({ document, operationName, variableValues }: Mutation): string {
  try {
    return JSON.stringify([print(document), operationName ?? null, variableValues ?? {}], sortKeys);
  } catch (cause) {
    if (cause instanceof RangeError) throw new InvalidInputError('variables', 'They are nested too deeply.');
    throw cause;
  }
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/**
 * Every mutation checks before it acts: if all that it answers is a refusal, nothing was done. An outage may have come before or after, and a bug
 * leaves what it leaves.
 */
function doneBy(
  { document, operationName }: Mutation,
  { data, errors = [] }: ExecutionResult,
  sent: readonly GraphQLFormattedError[],
): Outcome['done'] {
  if (data) return 'something';
  if (data === undefined) return 'nothing';
  const selections = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  // Of several, those before the one that failed were done; and below the field itself it is the answer that failed.
  const isWhole = selections.length === 1 && selections[0]?.kind === Kind.FIELD && errors.every(isOfRoot);
  if (isWhole && sent.every(({ extensions }, place) => isRefusal(extensions?.['code'], errors[place])))
    return 'nothing';
  return errors.some(isOutage) ? 'doubt' : 'something';
}

const isOfRoot = ({ path }: GraphQLError): boolean => path?.length === 1;

const isRefusal = (code: unknown, error: GraphQLError | undefined): boolean =>
  code !== ('INTERNAL' satisfies ErrorCode) && error !== undefined && !isOutage(error);

/** Something that we need failed. A server that is about to stop refuses with the same code, but nothing made it. */
function isOutage(error: GraphQLError): boolean {
  const cause = causeOf(error);
  return cause instanceof AppError && cause.code === 'SERVICE_UNAVAILABLE' && cause.cause !== undefined;
}

function resultOf({ errors, ...sent }: FormattedExecutionResult): ExecutionResult {
  return errors ? { ...sent, errors: errors.map((error) => new SentError(error)) } : sent;
}
