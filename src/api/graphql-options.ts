import type { GraphQLSchema } from 'graphql';
import type { House } from './context.js';
import type { FormatErrors } from './format-error.js';

/** What every transport of GraphQL is made with, the same for all of them. */
export type GraphqlOptions = {
  readonly house: House;
  readonly schema: GraphQLSchema;
  readonly formatErrors: FormatErrors;
  /** Introspection and suggestions are for development only. */
  readonly isProduction: boolean;
};
