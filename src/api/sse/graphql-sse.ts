import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../base/errors.js';
import { sessionExpired } from '../../domain/users/sessions.js';
import { watchSession, type WatchEnd } from '../../domain/users/watch-session.js';
import { openContext, type Caller, type RequestContext } from '../context.js';
import {
  createPrepareOperation,
  executeOperation,
  isRefused,
  isStream,
  readOperationRequest,
  type Operation,
} from '../execution/operation.js';
import { formatResult } from '../format-error.js';
import type { GraphqlOptions } from '../graphql-options.js';
import { acceptedType } from '../http/answer-type.js';
import { HttpRefusal } from '../http/answer.js';
import { readJsonBody } from '../http/json-body.js';
import { SseStream } from './sse-stream.js';

export type GraphqlSse = {
  handle(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void>;
};

/** `POST /graphql/stream`: the graphql-sse protocol, a connection for each operation, so that plain `fetch` can follow a run. */
export function createGraphqlSse({ house, schema, formatErrors, isProduction }: GraphqlOptions): GraphqlSse {
  const prepare = createPrepareOperation(schema, { isProduction, formatErrors });

  async function handle(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> {
    requireEventStream(request);
    const asked = readOperationRequest(await readJsonBody(request));
    const context = await openContext(house, caller, { authorization: request.headers.authorization, isLasting: true });
    if (response.destroyed) return;
    const stream = new SseStream(response);
    const fail = (errors: readonly unknown[]) => stream.next({ errors: formatErrors(errors, context) });
    try {
      const operation = prepare(asked, context, request.headers['idempotency-key']);
      if (isRefused(operation)) fail(operation);
      else await follow(operation, stream, response);
    } catch (error) {
      fail([error]);
    }
    stream.complete();
  }

  async function follow(operation: Operation, stream: SseStream, response: ServerResponse): Promise<void> {
    const context = operation.contextValue;
    const results = await executeOperation(operation);
    if (!isStream(results)) return stream.next(formatResult(results, formatErrors, context));
    const leave = (): void => {
      results.return().catch((error: unknown) => context.log.error({ error }, 'a source could not be let go'));
    };
    response.once('close', leave);
    if (response.destroyed) leave();
    const stopWatching = watch(context, (failure) => {
      stream.next({ errors: formatErrors([failure], context) });
      stream.complete();
      leave();
    });
    try {
      for await (const result of results) {
        stream.next(formatResult(result, formatErrors, context));
        const room = stream.room();
        if (room) await room;
      }
    } finally {
      stopWatching();
    }
  }

  return { handle };
}

function watch({ authentication, needs }: RequestContext, onEnd: (failure: Error) => void): () => void {
  if ('refusal' in authentication) return () => {};
  return watchSession(needs, authentication.viewer, (end) => onEnd(failureOf(end)));
}

/** What a reader is told whose stream may not go on. */
function failureOf(end: WatchEnd): AppError {
  return end === 'SESSION_ENDED'
    ? sessionExpired()
    : new AppError('FORBIDDEN', 'Your role has changed. Open this again with the rights that you have now.', {
        isRetryable: true,
      });
}

function requireEventStream({ headers }: IncomingMessage): void {
  if (acceptedType(headers, ['text/event-stream; charset=utf-8']) === null) {
    throw new HttpRefusal(406, 'INVALID_INPUT', 'This address answers with text/event-stream.');
  }
}
