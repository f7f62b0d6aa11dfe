import { HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import { OperationTypeNode } from 'graphql';
import type { RequestContext } from '../context.js';
import { formatResult, type FormatErrors } from '../format-error.js';
import { executeOnce } from './execute-once.js';
import { sentKey } from './idempotency-key.js';

/** Executes the mutations of Apollo Server that come with a key. Apollo has checked them, and asks here before it executes one itself. */
export function apolloOnce(formatErrors: FormatErrors): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart({ request: { extensions, http } }) {
      const key = sentKey(extensions, http?.headers.get('idempotency-key'));
      if (key === undefined) return;
      return {
        async responseForOperation({ schema, document, operation, request, contextValue }) {
          if (operation.operation !== OperationTypeNode.MUTATION) return null;
          const { operationName, variables: variableValues } = request;
          const mutation = { schema, document, operationName, variableValues, contextValue };
          const result = await executeOnce(mutation, key, formatErrors);
          return {
            http: { status: result.data === undefined ? 400 : undefined, headers: new HeaderMap() },
            body: { kind: 'single', singleResult: formatResult(result, formatErrors, contextValue) },
          };
        },
      };
    },
  };
}
