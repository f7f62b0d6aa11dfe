import {
  createSourceEventStream,
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  parse,
  specifiedRules,
  subscribe,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { InvalidInputError } from '../../base/errors.js';
import type { RequestContext } from '../context.js';
import { DocumentCache } from './document-cache.js';
import { planEvents } from './event-plan.js';
import type { FormatErrors } from '../format-error.js';
import { executeOnce } from '../idempotency/execute-once.js';
import { sentKey } from '../idempotency/idempotency-key.js';
import { LeavableStream } from '../leavable-stream.js';
import { parseOptions, validationOptions, validationRules } from './limits.js';

/** What comes over WebSocket and SSE. Apollo Server does for POST /graphql what this file does for them. */
export type OperationRequest = {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
};

/** An operation that may be executed: the schema and the limits agree with it. */
export type Operation = ExecutionArgs & {
  readonly contextValue: RequestContext;
  /** What was sent as the key of a mutation; undefined if nothing. */
  readonly idempotencyKey: unknown;
  readonly formatErrors: FormatErrors;
};

/** What a subscription gives, until it ends or its reader leaves by `return()`. */
export type Results = AsyncGenerator<ExecutionResult, void, void>;

/** @param keyHeader `Idempotency-Key` of an HTTP request. */
export type PrepareOperation = (
  request: OperationRequest,
  contextValue: RequestContext,
  keyHeader?: string | string[],
) => Operation | readonly GraphQLError[];

/** Why an operation is not executed. */
export function isRefused(read: object | readonly GraphQLError[]): read is readonly GraphQLError[] {
  return Array.isArray(read);
}

export function isStream<Stream extends AsyncIterable<unknown>>(results: ExecutionResult | Stream): results is Stream {
  return Symbol.asyncIterator in results;
}

/** @returns What checks requests: it gives the operation to execute, or what is wrong with it. */
export function createPrepareOperation(
  schema: GraphQLSchema,
  options: { isProduction: boolean; formatErrors: FormatErrors },
): PrepareOperation {
  const { formatErrors } = options;
  const rules = [...specifiedRules, ...validationRules(options)];
  const cache = new DocumentCache();

  function read(query: string): DocumentNode | readonly GraphQLError[] {
    const known = cache.find(query);
    if (known) return known;
    try {
      const document = parse(query, parseOptions);
      const errors = validate(schema, document, rules, validationOptions);
      if (errors.length > 0) return errors;
      cache.keep(query, document);
      return document;
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  return ({ query, operationName, variables, extensions }, contextValue, keyHeader) => {
    const document = read(query);
    if (isRefused(document)) return document;
    if (!getOperationAST(document, operationName)) {
      const isNamed = !isAbsent(operationName);
      return [
        new GraphQLError(
          isNamed
            ? `Unknown operation named "${operationName}".`
            : 'Say by `operationName` which operation to execute.',
        ),
      ];
    }
    const idempotencyKey = sentKey(extensions, keyHeader);
    return { schema, document, operationName, variableValues: variables, contextValue, idempotencyKey, formatErrors };
  };
}

/** Queries and mutations give one result, subscriptions a stream of them, or one that says why there is no stream. */
export async function executeOperation(operation: Operation): Promise<ExecutionResult | Results> {
  const { idempotencyKey, formatErrors } = operation;
  const kind = getOperationAST(operation.document, operation.operationName)?.operation;
  if (kind === OperationTypeNode.MUTATION && idempotencyKey !== undefined) {
    return executeOnce(operation, idempotencyKey, formatErrors);
  }
  if (kind !== OperationTypeNode.SUBSCRIPTION) return execute(operation);
  const plan = planEvents(operation);
  if (!plan) return subscribe(operation);
  const events = await createSourceEventStream(operation);
  if (!isStream(events)) return events;
  return new ShownStream(
    events as AsyncIterable<object>,
    (event) => plan(event) ?? execute({ ...operation, rootValue: event }),
  );
}

type Shown = ExecutionResult | Promise<ExecutionResult>;

/** What a source gives, shown, as graphql-js does it: who leaves lets the source go at once. */
class ShownStream extends LeavableStream<ExecutionResult> {
  readonly #events: AsyncIterator<object>;
  readonly #show: (event: object) => Shown;

  constructor(source: AsyncIterable<object>, show: (event: object) => Shown) {
    super();
    this.#events = source[Symbol.asyncIterator]();
    this.#show = show;
  }

  next(): Promise<IteratorResult<ExecutionResult, void>> {
    return this.#events.next().then(this.#showNext);
  }

  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    await this.#events.return?.();
    return { done: true, value: undefined };
  }

  // Not an async function, which would cost more than all that happens in it: each token comes by here.
  readonly #showNext = ({ done, value }: IteratorResult<object>) => {
    if (done) return { done, value: undefined };
    try {
      const shown = this.#show(value);
      if (!(shown instanceof Promise)) return { done: false as const, value: shown };
      return shown.then(
        (late) => ({ done: false as const, value: late }),
        (error: unknown) => this.throw(error),
      );
    } catch (error) {
      return this.throw(error);
    }
  };
}

/** @throws {InvalidInputError} if this is not a request of the GraphQL-over-HTTP specification. */
export function readOperationRequest(body: unknown): OperationRequest {
  if (!isRecord(body)) throw new InvalidInputError('query', 'The body must be one JSON object.');
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string') throw new InvalidInputError('query', '`query` must be a string.');
  if (!isAbsent(operationName) && typeof operationName !== 'string')
    throw new InvalidInputError('operationName', '`operationName` must be a string.');
  if (!isAbsent(variables) && !isRecord(variables))
    throw new InvalidInputError('variables', '`variables` must be an object.');
  if (!isAbsent(extensions) && !isRecord(extensions))
    throw new InvalidInputError('extensions', '`extensions` must be an object.');
  return { query, operationName, variables, extensions };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
