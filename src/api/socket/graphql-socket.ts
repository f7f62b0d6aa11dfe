import { setImmediate as nextTurn } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import {
  CloseCode,
  makeServer,
  MessageType,
  type Context,
  type Server,
  type ServerOptions,
  type SubscribePayload,
} from 'graphql-ws';
import { AppError } from '../../base/errors.js';
import { watchSession } from '../../domain/users/watch-session.js';
import {
  openContext,
  readAuthentication,
  type Authentication,
  type Caller,
  type House,
  type RequestContext,
} from '../context.js';
import {
  createPrepareOperation,
  executeOperation,
  isRefused,
  isStream,
  type Operation,
} from '../execution/operation.js';
import { formatResult } from '../format-error.js';
import type { GraphqlOptions } from '../graphql-options.js';
import { SocketRefusal, type ClientSocket } from './client-socket.js';
import { never, Reader } from './reader.js';
import { sendResults } from './send-results.js';

/** Milliseconds that a client has to say who it is. */
const INIT_TIMEOUT_MS = 8_000;

/** Operations that one socket may have open. */
const MAX_OPERATIONS = 100;

const TRY_AGAIN_LATER = 1013;

/** What belongs to one socket. */
export type SocketSession = {
  readonly socket: ClientSocket;
  readonly caller: Caller;
  /** As in the HTTP header. */
  authorization: string | undefined;
  authentication: Authentication;
  /** Operations so far. */
  operations: number;
  /** Settles when the last operation so far has been checked. */
  lastTurn: Promise<unknown>;
  openOperations(): number;
  stopWatching(): void;
};

export function newSocketSession(socket: ClientSocket, caller: Caller): SocketSession {
  const refusal = new AppError('UNAUTHENTICATED', 'Sign in first.');
  return {
    socket,
    caller,
    authorization: undefined,
    authentication: { refusal },
    operations: 0,
    lastTurn: Promise.resolve(),
    openOperations: () => 0,
    stopWatching() {},
  };
}

/** The graphql-transport-ws protocol: the same operations, limits and errors as over HTTP. */
export function createGraphqlSocket({
  house,
  schema,
  formatErrors,
  isProduction,
}: GraphqlOptions): Server<SocketSession> {
  const prepare = createPrepareOperation(schema, { isProduction, formatErrors });
  const readers = new WeakMap<object, Reader>();

  async function begin(session: SocketSession, request: SubscribePayload): Promise<ReturnType<typeof prepare>> {
    if (session.openOperations() > MAX_OPERATIONS) return [tooManyOperations()];
    const { authorization } = session;
    const context = await openContext(house, nextCaller(session), { authorization, isLasting: true });
    return inOwnTurn(session, () => prepare(request, context));
  }

  const options: ServerOptions<Record<string, unknown>, SocketSession> = {
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,

    onConnect: (context) => admit(house, context),

    async onSubscribe({ extra: session, subscriptions }, id, request) {
      const reader = new Reader();
      subscriptions[id] = reader;
      const operation = await begin(session, request);
      if (!isRefused(operation)) readers.set(operation, reader);
      else if (reader.hasLeft) return never();
      return operation;
    },

    execute: (operation) => executeOperation(operation as Operation),
    subscribe: (operation) => executeOperation(operation as Operation),

    async onOperation({ extra: { socket } }, id, _request, operation, answer) {
      const { contextValue } = operation;
      const results = answer as Awaited<ReturnType<typeof executeOperation>>;
      if (readers.get(operation)?.hasLeft) {
        if (isStream(results)) await results.return();
        return never();
      }
      if (!isStream(results)) return;
      return sendResults(results, (result) => {
        const payload = formatResult(result, formatErrors, contextValue as RequestContext);
        return socket.send(JSON.stringify({ id, type: MessageType.Next, payload }));
      });
    },

    onNext(_context, _id, _request, { contextValue }, result) {
      if (result.errors) return formatResult(result, formatErrors, contextValue as RequestContext);
    },

    onError({ extra: { authentication, caller } }, _id, _request, errors) {
      return formatErrors(errors, { authentication, log: caller.log });
    },

    onClose({ extra: session }, code, reason) {
      session.stopWatching();
      session.caller.log.info({ code, reason, operations: session.operations }, 'socket closed');
    },
  };
  return makeServer(options);
}

/** Lets in who has said who they are, until their session ends or their role is another. @throws {SocketRefusal} */
async function admit(house: House, context: Context<Record<string, unknown>, SocketSession>): Promise<void> {
  const { connectionParams, extra: session } = context;
  session.openOperations = () => Object.keys(context.subscriptions).length;
  session.authorization = readAuthorization(connectionParams);
  session.authentication = await readAuthentication(house.needs, session.authorization, session.caller.log);
  if ('refusal' in session.authentication) throw closingFor(session.authentication.refusal);
  if (!session.socket.isOpen) return;
  session.stopWatching = watchSession(house.needs, session.authentication.viewer, (end) => {
    if (end === 'SESSION_ENDED') session.socket.close(CloseCode.Unauthorized, 'SESSION_EXPIRED');
    else session.socket.close(CloseCode.Forbidden, 'ROLE_CHANGED');
  });
}

const OF_SERVERS: readonly unknown[] = [MessageType.ConnectionAck, MessageType.Next, MessageType.Error];

/** A message that only servers send: the library throws then as if it were at fault itself. */
export function isOfServers(text: string): boolean {
  const { type } = Object(JSON.parse(text)) as { readonly type?: unknown };
  return OF_SERVERS.includes(type);
}

/** Checks one after another, each in a turn of the event loop of its own: documents that take long to check hold up their own socket, not others. */
async function inOwnTurn<T>(session: SocketSession, check: () => T): Promise<T> {
  const turn = session.lastTurn.then(() => nextTurn());
  session.lastTurn = turn;
  await turn;
  return check();
}

/** The token, with `Bearer` before it or without. */
function readAuthorization(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const authorization = params?.['authorization'] ?? params?.['Authorization'];
  if (typeof authorization !== 'string') return undefined;
  return /^Bearer /i.test(authorization) ? authorization : `Bearer ${authorization}`;
}

function closingFor({ code }: AppError): SocketRefusal {
  switch (code) {
    case 'UNAUTHENTICATED':
    case 'SESSION_EXPIRED':
      return new SocketRefusal(CloseCode.Unauthorized, code);
    case 'SERVICE_UNAVAILABLE':
      return new SocketRefusal(TRY_AGAIN_LATER, code);
    default:
      return new SocketRefusal(CloseCode.InternalServerError, 'INTERNAL');
  }
}

function tooManyOperations(): GraphQLError {
  const failure = new AppError('LIMIT_EXCEEDED', `A socket has at most ${MAX_OPERATIONS} operations at a time.`, {
    isRetryable: true,
  });
  return new GraphQLError(failure.message, { originalError: failure });
}

/** Each operation of a socket is a request of its own. */
function nextCaller(session: SocketSession): Caller {
  session.operations += 1;
  const requestId = `${session.caller.requestId}.${session.operations}`;
  return { ...session.caller, requestId, log: session.caller.log.child({ requestId }) };
}
