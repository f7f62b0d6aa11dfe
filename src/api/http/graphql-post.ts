import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApolloServer, HeaderMap, type ApolloServerPlugin, type HTTPGraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, OperationTypeNode, type GraphQLFormattedError } from 'graphql';
import { AppError } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { openContext, type Caller, type RequestContext } from '../context.js';
import { parseOptions, validationOptions, validationRules } from '../execution/limits.js';
import { MASKED, MAX_ERRORS, type FormatErrors } from '../format-error.js';
import type { GraphqlOptions } from '../graphql-options.js';
import { apolloOnce } from '../idempotency/apollo-once.js';
import { answerType } from './answer-type.js';
import { HttpRefusal } from './answer.js';
import { readJsonBody } from './json-body.js';

export type GraphqlPost = {
  handle(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void>;
  stop(): Promise<void>;
};

/** What Apollo Server looks at, besides in which type to answer; the rest of the headers is not its business. */
const HEADERS_FOR_APOLLO = ['content-type', 'apollo-require-preflight', 'x-apollo-operation-name', 'idempotency-key'];

/** Queries and mutations by `POST /graphql`, by the GraphQL-over-HTTP specification. */
export async function createGraphqlPost({
  house,
  schema,
  formatErrors,
  isProduction,
}: GraphqlOptions): Promise<GraphqlPost> {
  const formatted = new WeakMap<object, GraphQLFormattedError>();
  const apollo = new ApolloServer<RequestContext>({
    schema,
    // Our own rule decides.
    introspection: true,
    parseOptions,
    validationRules: validationRules({ isProduction }),
    validationOptions,
    csrfPrevention: true,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: isProduction ? 'production' : 'development',
    logger: apolloLog(house.needs.log),
    formatError: (_, error) => formatted.get(error as object) ?? formatErrors([error], null)[0] ?? MASKED,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      formatTogether(formatErrors, formatted),
      subscriptionsGoElsewhere,
      apolloOnce(formatErrors),
    ],
  });
  await apollo.start();

  return {
    async handle(request, response, caller) {
      const type = answerType(request.headers);
      // Apollo asks this too, but only once the operation has been executed.
      if (type === null) throw notAcceptable();
      const body = await readJsonBody(request);
      const { authorization } = request.headers;
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: 'POST', headers: pickHeaders(request).set('accept', type), search: '', body },
        context: () => openContext(house, caller, { authorization, isLasting: false }),
      });
      await send(response, answer);
    },
    stop: () => apollo.stop(),
  };
}

/** Apollo formats errors one by one and does not say for whom; so they are formatted before, all together. */
function formatTogether(
  formatErrors: FormatErrors,
  formatted: WeakMap<object, GraphQLFormattedError>,
): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          const shown = formatErrors(errors, contextValue);
          // Those past the limit are cut off below.
          for (const [index, error] of errors.entries()) formatted.set(error, shown[index] ?? MASKED);
        },
        async willSendResponse({ response: { body } }) {
          if (body.kind === 'single' && body.singleResult.errors) {
            body.singleResult.errors = body.singleResult.errors.slice(0, MAX_ERRORS);
          }
        },
      };
    },
  };
}

/** Without it a subscription would be answered with an internal error. */
const subscriptionsGoElsewhere: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
        const refusal = new AppError(
          'INVALID_INPUT',
          'Subscribe by WebSocket at /graphql, or by POST /graphql/stream.',
        );
        throw new GraphQLError(refusal.message, { originalError: refusal, extensions: { http: { status: 400 } } });
      },
    };
  },
};

const notAcceptable = (): HttpRefusal =>
  new HttpRefusal(406, 'INVALID_INPUT', 'This address answers with JSON. Event streams are at POST /graphql/stream.');

function pickHeaders({ headers }: IncomingMessage): HeaderMap {
  const picked = new HeaderMap();
  for (const name of HEADERS_FOR_APOLLO) {
    const value = headers[name];
    if (typeof value === 'string') picked.set(name, value);
  }
  return picked;
}

async function send(response: ServerResponse, { status, headers, body }: HTTPGraphQLResponse): Promise<void> {
  if (body.kind !== 'complete') throw new Error('the schema has no @defer and no @stream');
  response.writeHead(status ?? 200, {
    ...Object.fromEntries(headers),
    'content-length': Buffer.byteLength(body.string),
  });
  response.end(body.string);
}

function apolloLog(log: Log) {
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) =>
    log[level]({ from: 'apollo' }, String(message));
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}
