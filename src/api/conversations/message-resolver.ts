import { Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { textOf, type Message, type ToolCallPart } from '../../domain/conversations/message.js';
import type { Run } from '../../domain/runs/run.js';
import type { RequestContext } from '../context.js';
import { parseArguments } from '../runs/run-event-types.js';
import { RunType } from '../runs/run-types.js';
import { UsageType } from '../usage/usage-type.js';
import { MessageType, ToolCallPartType } from './message-types.js';

@Resolver(() => MessageType)
export class MessageResolver {
  @FieldResolver(() => String, { description: 'All text parts, joined.' })
  text(@Root() message: Message): string {
    return textOf(message);
  }

  @FieldResolver(() => [ID], { description: 'Messages that answer the same one, this one included, oldest first.' })
  siblings(
    @Root() { conversationId, parentId }: Message,
    @Ctx() { loaders }: RequestContext,
  ): Promise<readonly string[]> {
    return loaders.children.load({ conversationId, parentId });
  }

  @FieldResolver(() => RunType, { nullable: true, description: 'The run that it started, or that wrote it.' })
  run(@Root() { runId }: Message, @Ctx() { loaders }: RequestContext): Promise<Run | null> | null {
    return runId === null ? null : loaders.runs.load(runId);
  }

  @FieldResolver(() => UsageType, {
    nullable: true,
    description: 'What an answer took; null until its run has ended, and for what a person says.',
  })
  usage(@Root() { usage }: Message): Message['usage'] {
    return usage;
  }
}

@Resolver(() => ToolCallPartType)
export class ToolCallPartResolver {
  @FieldResolver(() => GraphQLJSON, { description: 'What the model passed to it; a string where that was not JSON.' })
  arguments(@Root() { argumentsText }: ToolCallPart): unknown {
    return parseArguments(argumentsText);
  }
}
