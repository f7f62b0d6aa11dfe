import { print, type DocumentNode, type GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { connectionLost, errorOf, TomatoError } from './tomato-error.js';

export type Subscriptions = {
  subscribe<R>(document: DocumentNode, variables: unknown, signal: AbortSignal | undefined): AsyncGenerator<R, void>;
  close(): Promise<void>;
};

/** Close codes that say what a client should do; any other is a lost connection. */
const CODE_OF_CLOSE: Readonly<Record<number, string>> = {
  4400: 'INVALID_INPUT',
  4401: 'SESSION_EXPIRED',
  4403: 'FORBIDDEN',
  4406: 'INVALID_INPUT',
  4409: 'CONFLICT',
  4429: 'RATE_LIMITED',
};

/**
 * Subscriptions over one WebSocket, opened when first needed and closed when nobody listens.
 * It does not subscribe again by itself: whoever listens knows after which event.
 *
 * @param webSocket Where the system has none of its own, as Node 20.
 */
export function createSubscriptions({
  url,
  token,
  webSocket,
}: {
  url: string;
  token: () => string | null;
  webSocket: unknown;
}): Subscriptions {
  let client: Client | undefined;
  const connect = (): Client =>
    createClient({
      url,
      webSocketImpl: webSocket,
      retryAttempts: 0,
      connectionParams: () => {
        const bearer = token();
        return bearer === null ? {} : { authorization: `Bearer ${bearer}` };
      },
    });

  async function* subscribe<R>(
    document: DocumentNode,
    variables: unknown,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<R, void> {
    signal?.throwIfAborted();
    client ??= connect();
    const results = client.iterate<R>({ query: print(document), variables: variables as Record<string, unknown> });
    const leave = () => void results.return?.();
    signal?.addEventListener('abort', leave);
    try {
      for await (const { data, errors } of results) {
        if (errors) throw errorOf(errors);
        if (data) yield data;
      }
    } catch (error) {
      throw nameFailure(error);
    } finally {
      signal?.removeEventListener('abort', leave);
    }
    signal?.throwIfAborted();
  }

  return {
    subscribe,
    close: async () => client?.dispose(),
  };
}

/** The client throws the errors of an `error` message as a list, and the event of a close as it is. */
function nameFailure(failure: unknown): TomatoError {
  if (failure instanceof TomatoError) return failure;
  if (Array.isArray(failure)) return errorOf(failure as GraphQLFormattedError[]);
  const { code, reason } = Object(failure) as { code?: unknown; reason?: unknown };
  const named = typeof code === 'number' ? CODE_OF_CLOSE[code] : undefined;
  return named === undefined ? connectionLost(failure) : new TomatoError(named, String(reason), {}, { cause: failure });
}
