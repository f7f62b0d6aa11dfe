import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { RetryLink } from '@apollo/client/link/retry';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { PING_EVERY_MS, watchPulse } from '../../src/sdk/pulse.js';

const endpoint = `${import.meta.env.VITE_TOMATO_URL ?? 'http://127.0.0.1:4000'}/graphql`;

const LONGEST_PAUSE_MS = 20_000;

/** What the server closes a socket with whose session it does not know, or whose session has ended. */
const UNAUTHORIZED = 4401;

/** A client for one session: queries and mutations over HTTP, subscriptions over one WebSocket, which is open while something is followed. */
export function connect(token: string | null, onSignedOut: () => void): ApolloClient {
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };

  const socket = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    connectionParams: authorization,
    keepAlive: PING_EVERY_MS,
    // A lost connection is made again, and what was subscribed to is subscribed to again, from its beginning: `withEvent` drops what it has seen.
    retryAttempts: Infinity,
    retryWait: (losses) => pause(Math.random() * Math.min(LONGEST_PAUSE_MS, 500 * 2 ** losses)),
    // Also where nobody answers; a close that forbids it ends it all the same.
    shouldRetry: () => true,
    on: {
      closed(event) {
        if ((event as CloseEvent).code === UNAUTHORIZED) onSignedOut();
      },
    },
  });
  watchPulse(socket);

  const signOutWhereRefused = new ErrorLink(({ error }) => {
    if (CombinedGraphQLErrors.is(error) && error.errors.some(isSignedOut)) onSignedOut();
  });

  // A mutation is sent again only where the server knows it by its key, and does it once.
  const retry = new RetryLink({
    attempts: { max: 5, retryIf: (_, operation) => isQuery(operation) || hasKey(operation) },
  });

  return new ApolloClient({
    cache: new InMemoryCache({ possibleTypes: { MessagePart: ['TextPart', 'ReasoningPart', 'ToolCallPart'] } }),
    link: ApolloLink.from([
      signOutWhereRefused,
      ApolloLink.split(
        ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
        new GraphQLWsLink(socket),
        ApolloLink.from([retry, new HttpLink({ uri: endpoint, headers: authorization })]),
      ),
    ]),
  });
}

const isSignedOut = ({ extensions }: { extensions?: Readonly<Record<string, unknown>> }): boolean =>
  extensions?.['code'] === 'UNAUTHENTICATED' || extensions?.['code'] === 'SESSION_EXPIRED';

const isQuery = ({ operationType }: ApolloLink.Operation): boolean => operationType === OperationTypeNode.QUERY;

const hasKey = ({ getContext }: ApolloLink.Operation): boolean =>
  Object.hasOwn(Object(getContext()['headers']) as object, 'Idempotency-Key');

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
