import { getOperationAST, OperationTypeNode, type DocumentNode } from 'graphql';
import { followChat, type ChatServer, type RunEvent } from './chat.js';
import { getSdk, type SendMessageInput } from './generated.js';
import { createPost } from './http.js';
import { untilAnswered } from './patience.js';
import { createSubscriptions, type TokenSource } from './socket.js';
import { TomatoError } from './tomato-error.js';

export type CallOptions = {
  /** On Node 20 and 22 hold the parts of an `AbortSignal.any` yourself: it forgets a time limit that nobody else holds (nodejs/node#57736). */
  readonly signal?: AbortSignal;
  /**
   * Of a mutation: your own id for this one thing to be done, such as `crypto.randomUUID()`; at most 255 visible ASCII characters. The server does it once, however often
   * it is asked, for a day; so it is asked again where the connection or the server is lost, after `retryAfterMs` where the
   * server gives it, a minute at most.
   */
  readonly idempotencyKey?: string;
};

export type TomatoOptions = {
  /** Of the server, such as `https://chat.example.com`. */
  readonly url: string;
  /**
   * The bearer token, or what gives the one to use now, asked at each request and each connection; without it only `register` and `login` make sense.
   * What it throws is thrown to whoever asked.
   */
  readonly token?: string | TokenSource;
  /** @default the global one */
  readonly fetch?: typeof globalThis.fetch;
  /** The WebSocket class. @default the global one, which Node has from version 22 on; before that, pass the one of `ws` */
  readonly webSocket?: unknown;
};

/** One method for each operation of `documents.graphql`, and the two that a chat is made of. */
export type Tomato = ReturnType<typeof getSdk<CallOptions>> & {
  /**
   * Sends a message and yields what its run does, until it ends. Leaving does not stop the run: `cancelRun` does.
   *
   * A connection that is lost is taken up again where it was lost: also where the server stops, is overloaded, has had too many messages from here, or closes
   * the socket because your role has changed; after `retryAfterMs` where the server gives it, a minute at most. What ends a chat before its run is a TomatoError: what the server answers to it, such as FORBIDDEN or NOT_FOUND;
   * UNAUTHENTICATED or SESSION_EXPIRED, when the session ends; LIMIT_EXCEEDED, for a message that is too large to be sent; CONNECTION_LOST, after ten losses in a row without an event between them; CLOSED, by `close`.
   * And the reason of the signal, if that aborts: it leaves at once, while `return()`, as of any async generator, waits for the next event.
   *
   * @param message Without a `clientMessageId` it gets one.
   */
  chat(message: SendMessageInput, options?: Pick<CallOptions, 'signal'>): AsyncGenerator<RunEvent, void>;
  /** The same for a run that exists. @param after The number of the last event already seen; 0 for all. From the end of the run on there is nothing to yield. */
  follow(runId: string, after?: number, options?: Pick<CallOptions, 'signal'>): AsyncGenerator<RunEvent, void>;
  /**
   * Closes the socket for good: what is followed, or is to be followed from now on, ends with the TomatoError CLOSED. Runs go on, and queries and mutations
   * can still be sent.
   */
  close(): Promise<void>;
};

/** Talks to a Tomato server: queries and mutations over HTTP, subscriptions over one WebSocket. Failures are thrown as `TomatoError`. */
export function createTomato({
  url,
  token,
  fetch = globalThis.fetch,
  webSocket = globalThis.WebSocket,
}: TomatoOptions): Tomato {
  const endpoint = `${url.replace(/\/+$/, '')}/graphql`;
  const currentToken: TokenSource = typeof token === 'function' ? token : () => token ?? null;
  const post = createPost({ endpoint, token: currentToken, fetch });
  const subscriptions = createSubscriptions({ url: endpoint.replace(/^http/, 'ws'), token: currentToken, webSocket });

  const closing = new AbortController();
  // Node 20 and 22 forget a signal that none but `any` holds, as `AbortSignal.timeout` in a call's options (nodejs/node#57736).
  const held = new WeakMap<AbortSignal, AbortSignal>();
  // One of its own for each: Node warns of a signal to which many listen.
  const untilClosed = (signal?: AbortSignal): AbortSignal => {
    const either = AbortSignal.any(signal ? [signal, closing.signal] : [closing.signal]);
    if (signal) held.set(either, signal);
    return either;
  };

  const sdk = getSdk<CallOptions>(<R>(document: DocumentNode, variables?: unknown, options: CallOptions = {}) => {
    const { signal, idempotencyKey } = options;
    if (getOperationAST(document)?.operation === OperationTypeNode.SUBSCRIPTION) {
      return subscriptions.subscribe<R>(document, variables, untilClosed(signal));
    }
    const ask = () => post<R>(document, variables, options);
    return idempotencyKey === undefined ? ask() : untilAnswered(ask, signal);
  });

  const server: ChatServer = {
    open: (variables, signal) => sdk.chatStream(variables, { signal }),
    lastSeqOf: async (id, signal) => (await sdk.run({ id }, { signal })).run.lastSeq,
  };

  return {
    ...sdk,
    chat(message, { signal } = {}) {
      const clientMessageId = message.clientMessageId ?? newMessageId();
      return followChat(server, { message: { ...message, clientMessageId } }, untilClosed(signal));
    },
    follow: (runId, after = 0, { signal } = {}) => followChat(server, { runId, after }, untilClosed(signal)),
    close() {
      closing.abort(new TomatoError('CLOSED', 'This client was closed.'));
      return subscriptions.close();
    },
  };
}

/** Not `randomUUID`, which browsers have only on secure pages. */
function newMessageId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
