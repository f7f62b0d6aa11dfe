import { getOperationAST, OperationTypeNode, type DocumentNode } from 'graphql';
import { followChat, type OpenStream, type RunEvent } from './chat.js';
import { getSdk, type SendMessageInput } from './generated.js';
import { createPost } from './http.js';
import { untilAnswered } from './patience.js';
import { createSubscriptions } from './socket.js';

export type CallOptions = {
  readonly signal?: AbortSignal;
  /**
   * Of a mutation: your own id for this one thing to be done, such as `crypto.randomUUID()`; at most 255 visible ASCII characters. The server does it once, however often
   * it is asked, for a day; so it is asked again where the connection or the server is lost.
   */
  readonly idempotencyKey?: string;
};

export type TomatoOptions = {
  /** Of the server, such as `https://chat.example.com`. */
  readonly url: string;
  /** The bearer token, or what gives the one to use now; without it only `register` and `login` make sense. */
  readonly token?: string | (() => string | null);
  /** @default the global one */
  readonly fetch?: typeof globalThis.fetch;
  /** The WebSocket class. @default the global one, which Node has from version 22 on; before that, pass the one of `ws` */
  readonly webSocket?: unknown;
};

/** One method for each operation of `documents.graphql`, and the two that a chat is made of. */
export type Tomato = ReturnType<typeof getSdk<CallOptions>> & {
  /**
   * Sends a message and yields what its run does, until it ends; a lost connection is taken up again where it was lost.
   * Leaving does not stop the run: `cancelRun` does.
   *
   * @param message Without a `clientMessageId` it gets one.
   */
  chat(message: SendMessageInput, options?: Pick<CallOptions, 'signal'>): AsyncGenerator<RunEvent, void>;
  /** The same for a run that exists. @param after The number of the last event already seen; 0 for all. */
  follow(runId: string, after?: number, options?: Pick<CallOptions, 'signal'>): AsyncGenerator<RunEvent, void>;
  /** Closes the socket. */
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
  const currentToken = typeof token === 'function' ? token : () => token ?? null;
  const post = createPost({ endpoint, token: currentToken, fetch });
  const subscriptions = createSubscriptions({ url: endpoint.replace(/^http/, 'ws'), token: currentToken, webSocket });

  const sdk = getSdk<CallOptions>(<R>(document: DocumentNode, variables?: unknown, options: CallOptions = {}) => {
    const { signal, idempotencyKey } = options;
    if (getOperationAST(document)?.operation === OperationTypeNode.SUBSCRIPTION) {
      return subscriptions.subscribe<R>(document, variables, signal);
    }
    const ask = () => post<R>(document, variables, options);
    return idempotencyKey === undefined ? ask() : untilAnswered(ask, signal);
  });

  const open: OpenStream = (variables, options) => sdk.chatStream(variables, options);

  return {
    ...sdk,
    chat(message, { signal } = {}) {
      const clientMessageId = message.clientMessageId ?? crypto.randomUUID();
      return followChat(open, { message: { ...message, clientMessageId } }, signal);
    },
    follow: (runId, after = 0, { signal } = {}) => followChat(open, { runId, after }, signal),
    close: () => subscriptions.close(),
  };
}
