import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema, type NonEmptyArray, type PubSub } from 'type-graphql';
import { BudgetResolver } from './budgets/budget-resolver.js';
import { ArchiveResolver } from './archive/archive-resolver.js';
import { ConversationResolver } from './conversations/conversation-resolver.js';
import { ConversationSearchResolver } from './conversations/conversation-search-resolver.js';
import { MessageResolver, ToolCallPartResolver } from './conversations/message-resolver.js';
import { HealthResolver } from './health/health-resolver.js';
import { JobResolver } from './jobs/job-resolver.js';
import { ModelResolver } from './models/model-resolver.js';
import { ProviderResolver } from './models/provider-resolver.js';
import { UsageResolver } from './usage/usage-resolver.js';
import { NodeResolver } from './node/node-resolver.js';
import { RunSnapshotResolver, ToolCallStartedResolver } from './runs/run-event-resolver.js';
import { RunErrorResolver, RunResolver } from './runs/run-resolver.js';
import { ToolResolver } from './tools/tool-resolver.js';
import { UploadResolver } from './uploads/upload-resolver.js';
import { UsageReportResolver } from './usage/usage-report-resolver.js';
import { UserResolver } from './users/user-resolver.js';

/** A new feature's resolver is added to this list. */
const resolvers = [
  HealthResolver,
  NodeResolver,
  UserResolver,
  ProviderResolver,
  ModelResolver,
  ToolResolver,
  ConversationResolver,
  ConversationSearchResolver,
  MessageResolver,
  ToolCallPartResolver,
  RunResolver,
  RunErrorResolver,
  ToolCallStartedResolver,
  RunSnapshotResolver,
  UsageResolver,
  UsageReportResolver,
  BudgetResolver,
  ArchiveResolver,
  UploadResolver,
  JobResolver,
] as const;

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
