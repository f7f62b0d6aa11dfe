import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema, type NonEmptyArray, type PubSub } from 'type-graphql';
import { HealthResolver } from './health/health-resolver.js';
import { NodeResolver } from './node/node-resolver.js';
import { ToolResolver } from './tools/tool-resolver.js';
import { UserResolver } from './users/user-resolver.js';

/** A new feature's resolver is added to this list. */
const resolvers = [HealthResolver, NodeResolver, ToolResolver, UserResolver] as const;

/** TypeGraphQL asks for one as soon as there is a subscription; ours bring their own streams. */
const unusedPubSub: PubSub = {
  publish() {},
  subscribe() {
    throw new Error('Subscriptions here use `subscribe:`, not topics.');
  },
};

/** @param classes Resolver classes. @default those of all features */
export function createSchema(classes: Readonly<NonEmptyArray<Function>> = resolvers): Promise<GraphQLSchema> {
  return buildSchema({ resolvers: [...classes] as NonEmptyArray<Function>, pubSub: unusedPubSub, validate: false });
}
