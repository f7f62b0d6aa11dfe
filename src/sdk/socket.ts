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

/** Its cause is for whoever asked: what kept the connection from being made, before the server had a say. The server is told no more than the message. */
class NotMade extends Error {
  constructor(cause: unknown) {
    super('The connection cannot be made.', { cause });
  }
}

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
  let opened: WebSocket | undefined;

  const connectionParams = async () => {
    const socket = opened;
    try {
      const bearer = await token();
      return bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    } catch (error) {
      // Lost meanwhile: the client would throw it to those who wait for the next connection.
      if (socket?.readyState !== socket?.OPEN) return {};
      throw new NotMade(error);
    }
  };
  const connect = (): Client => {
    const made = createClient({
      url,
      webSocketImpl: typeof webSocket === 'function' ? onlyTheLast(webSocket as typeof WebSocket) : webSocket,
      retryAttempts: 0,
      keepAlive: PING_EVERY_MS,
      connectionParams,
      on: { opened: (socket) => (opened = socket as WebSocket) },
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
    const leave = () => {
      void results.return?.();
      // By itself that would wait until the connection is made.
      void results.throw?.(signal.reason);
    };
    signal.addEventListener('abort', leave);
    try {
      for await (const { data, errors } of results) {
        signal.throwIfAborted();
        isTaken = true;
        if (errors) throw errorOf(errors);
        if (data) yield data;
      }
      // The client takes a reason such as null for no failure.
      signal.throwIfAborted();
    } catch (error) {
      signal.throwIfAborted();
      throw nameFailure(error, isTaken);
    } finally {
      signal.removeEventListener('abort', leave);
      // Also after a loss, where the client would keep every later connection open for who has gone.
      void results.return?.();
    }
  }

  return {
    subscribe,
    // Where nobody has let it in yet, `dispose` would wait for that.
    close: async () => client?.terminate(),
  };
}

/** What the client hears of a socket that it has given up, it takes for news of the next, and forgets that one while it is open. */
function onlyTheLast(Socket: typeof WebSocket): typeof WebSocket {
  let last: WebSocket | undefined;
  return new Proxy(Socket, {
    construct(Made, address: ConstructorParameters<typeof WebSocket>) {
      if (last) Object.assign(last, { onmessage: null, onerror: null, onclose: null });
      try {
        last = new Made(...address);
      } catch (error) {
        return unmade(error);
      }
      // Given up before it is open, it fails with nobody listening: the one of `ws` would end the process.
      last.addEventListener('error', () => {});
      return last;
    },
  });
}

/** Tells of it as a socket would: where the class throws, as at what is no URL, the client would let its user wait for ever. */
function unmade(error: unknown): object {
  const socket: { onerror?: ((error: NotMade) => void) | null; close(): void } = { close() {} };
  queueMicrotask(() => socket.onerror?.(new NotMade(error)));
  return socket;
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
function nameFailure(failure: unknown, isTaken: boolean): unknown {
  if (failure instanceof NotMade) return failure.cause;
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
