import { print, type DocumentNode, type GraphQLFormattedError } from 'graphql';
import { createClient, MessageType, stringifyMessage, type Client, type SubscribePayload } from 'graphql-ws';
import { PING_EVERY_MS, watchPulse } from './pulse.js';
import { requireSmallEnough } from './request-size.js';
import { connectionLost, errorOf, TomatoError } from './tomato-error.js';

/** Gives the bearer token to use now, or null for none. What it throws is thrown to whoever asked. */
export type TokenSource = () => string | null | Promise<string | null>;

export type Subscriptions = {
  subscribe<R>(document: DocumentNode, variables: unknown, signal: AbortSignal): AsyncGenerator<R, void>;
  close(): Promise<void>;
};

/** Close codes after which connecting again would change nothing, and what they are for us; any other is a lost connection. */
const CODE_OF_CLOSE: Readonly<Record<number, string>> = {
  4400: 'INVALID_INPUT',
  4406: 'INVALID_INPUT',
  4409: 'CONFLICT',
};

/** Somebody on the way takes less than the server: the same would be too large again. */
const TOO_LARGE = 1009;

/** This one says by its reason why it needs another token. */
const UNAUTHORIZED = 4401;
const SESSION_EXPIRED = 'SESSION_EXPIRED';

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
  token: TokenSource;
  webSocket: unknown;
}): Subscriptions {
  let client: Client | undefined;
  /** What `token` threw when a connection was last made, which then is closed. */
  let refusal: { readonly error: unknown } | undefined;

  const connectionParams = async () => {
    try {
      const bearer = await token();
      return bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    } catch (error) {
      refusal = { error };
      throw error;
    }
  };
  const connect = (): Client => {
    const made = createClient({
      url,
      webSocketImpl: typeof webSocket === 'function' ? heardOut(webSocket as typeof WebSocket) : webSocket,
      retryAttempts: 0,
      keepAlive: PING_EVERY_MS,
      connectionParams,
      on: { connecting: () => (refusal = undefined) },
    });
    watchPulse(made);
    return made;
  };

  async function* subscribe<R>(
    document: DocumentNode,
    variables: unknown,
    signal: AbortSignal,
  ): AsyncGenerator<R, void> {
    signal.throwIfAborted();
    const request = { query: print(document), variables: variables as Record<string, unknown> };
    requireSmallEnough(messageOf(request));
    client ??= connect();
    const results = client.iterate<R>(request);
    let isTaken = false;
    const leave = () => void results.return?.();
    signal.addEventListener('abort', leave);
    try {
      for await (const { data, errors } of results) {
        isTaken = true;
        if (errors) throw errorOf(errors);
        if (data) yield data;
      }
    } catch (error) {
      throw refusal ? refusal.error : nameFailure(error, isTaken);
    } finally {
      signal.removeEventListener('abort', leave);
    }
    signal.throwIfAborted();
  }

  return {
    subscribe,
    // Where nobody has let it in yet, `dispose` would wait for that.
    close: async () => client?.terminate(),
  };
}

/** Given up before it is open, a socket fails, and the client listens no more: the one of `ws` would end the process. */
function heardOut(Socket: typeof WebSocket): typeof WebSocket {
  return class extends Socket {
    constructor(...address: ConstructorParameters<typeof WebSocket>) {
      super(...address);
      this.addEventListener('error', () => {});
    }
  };
}

/** As the client sends it, which gives each operation a UUID. */
function messageOf(payload: SubscribePayload): string {
  return stringifyMessage({ id: '00000000-0000-4000-8000-000000000000', type: MessageType.Subscribe, payload });
}

/**
 * The client throws the errors of an `error` message as a list, and the event of a close as it is.
 *
 * @param isTaken Something has come of it already: then it is not what was too large.
 */
function nameFailure(failure: unknown, isTaken: boolean): TomatoError {
  if (failure instanceof TomatoError) return failure;
  if (Array.isArray(failure)) return errorOf(failure as GraphQLFormattedError[]);
  const { code, reason } = Object(failure) as { code?: unknown; reason?: unknown };
  if (code === UNAUTHORIZED) return needsToken(reason, failure);
  if (code === TOO_LARGE && !isTaken) return tooLarge(failure);
  const named = typeof code === 'number' ? CODE_OF_CLOSE[code] : undefined;
  return named === undefined ? connectionLost(failure) : new TomatoError(named, String(reason), {}, { cause: failure });
}

function tooLarge(cause: unknown): TomatoError {
  return new TomatoError('LIMIT_EXCEEDED', 'The request is larger than can be sent.', {}, { cause });
}

function needsToken(reason: unknown, cause: unknown): TomatoError {
  return reason === SESSION_EXPIRED
    ? new TomatoError(SESSION_EXPIRED, 'Your session has ended. Sign in again.', {}, { cause })
    : new TomatoError('UNAUTHENTICATED', 'Sign in first.', {}, { cause });
}
