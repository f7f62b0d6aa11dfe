import { GraphQLJSON } from 'graphql-scalars';
import { FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { RunEvent } from '../../domain/runs/run-event.js';
import { parseArguments, RunSnapshotType, ToolCallStartedType } from './run-event-types.js';

@Resolver(() => ToolCallStartedType)
export class ToolCallStartedResolver {
  @FieldResolver(() => GraphQLJSON, { description: 'What the model passed to it; a string where that was not JSON.' })
  arguments(@Root() { argumentsText }: Extract<RunEvent, { type: 'tool-call-started' }>): unknown {
    return parseArguments(argumentsText);
  }
}

@Resolver(() => RunSnapshotType)
export class RunSnapshotResolver {
  @FieldResolver(() => Int, { description: 'Number of the last event that is in it; the same as `seq`.' })
  lastSeq(@Root() { seq }: RunEvent): number {
    return seq;
  }
}
