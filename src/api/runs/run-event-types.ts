import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import type { ErrorCode } from '../../base/errors.js';
import type { Message, ToolCallStatus } from '../../domain/conversations/message.js';
import type { ToolMode } from '../../domain/models/model.js';
import type { Usage } from '../../domain/usage/usage.js';
import type { StopReason } from '../../domain/runs/run.js';
import type { RunEvent } from '../../domain/runs/run-event.js';
import { MessageType, ToolCallStatusEnum } from '../conversations/message-types.js';
import { ErrorCodeEnum } from '../error-codes.js';
import { ToolModeEnum } from '../models/model-types.js';
import { UsageType } from '../usage/usage-type.js';
import { RunErrorType, StopReasonEnum } from './run-types.js';

const TYPE_NAMES: { readonly [Type in RunEvent['type']]: string } = {
  'run-started': 'RunStarted',
  'step-started': 'StepStarted',
  'text-delta': 'TextDelta',
  'reasoning-delta': 'ReasoningDelta',
  'tool-call-started': 'ToolCallStarted',
  'tool-call-finished': 'ToolCallFinished',
  'history-summarized': 'HistorySummarized',
  'step-reset': 'StepReset',
  'model-changed': 'ModelChanged',
  'tool-mode-changed': 'ToolModeChanged',
  'run-snapshot': 'RunSnapshot',
  'run-completed': 'RunCompleted',
  'run-failed': 'RunFailed',
  'run-cancelled': 'RunCancelled',
  'run-interrupted': 'RunInterrupted',
};

/** The object type of an event. */
export function runEventTypeName({ type }: RunEvent): string {
  return TYPE_NAMES[type];
}

@InterfaceType('RunEvent', {
  description:
    'One thing that happened in a run. Exactly one terminal event (RunCompleted, RunFailed, RunCancelled, RunInterrupted) ends it.',
  resolveType: runEventTypeName,
})
export abstract class RunEventType {
  @Field(() => ID, { description: 'The run.', simple: true })
  runId!: string;

  @Field(() => Int, {
    description: 'Counts 1, 2, 3 … within the run. Pass the last one you saw as `after` to go on from there.',
    simple: true,
  })
  seq!: number;

  @Field(() => GraphQLDateTime, { description: 'When it happened.', simple: true })
  at!: Date;
}

@ObjectType('RunStarted', {
  implements: RunEventType,
  description: 'The first event of every run.',
  simpleResolvers: true,
})
export class RunStartedType extends RunEventType {
  @Field(() => String, { description: 'The model, as its service calls it.' })
  model!: string;

  @Field(() => [String], { description: 'Tools that the agent may use.' })
  toolNames!: readonly string[];

  @Field(() => MessageType, { description: 'What the user said.' })
  userMessage!: Message;

  @Field(() => ID, { description: 'Id of the message that the run writes.' })
  answerId!: string;
}

@ObjectType('StepStarted', {
  implements: RunEventType,
  description: 'The model is asked, or asked again.',
  simpleResolvers: true,
})
export class StepStartedType extends RunEventType {
  @Field(() => Int, { description: 'Counts 1, 2, 3 …' })
  step!: number;
}

@ObjectType('TextDelta', {
  implements: RunEventType,
  description: 'More of the answer: append it.',
  simpleResolvers: true,
})
export class TextDeltaType extends RunEventType {
  @Field(() => String, { description: 'All deltas together are the text of the message.' })
  text!: string;
}

@ObjectType('ReasoningDelta', {
  implements: RunEventType,
  description: 'More of what the model thinks: append it.',
  simpleResolvers: true,
})
export class ReasoningDeltaType extends RunEventType {
  @Field(() => String, { description: 'What the model thinks.' })
  text!: string;
}

@ObjectType('ToolCallStarted', {
  implements: RunEventType,
  description: 'A tool is called. Those of one step run side by side.',
})
export class ToolCallStartedType extends RunEventType {
  @Field(() => ID, { description: 'Names the call within its run.', simple: true })
  callId!: string;

  @Field(() => String, { description: 'Name of the tool.', simple: true })
  name!: string;

  @Field(() => GraphQLJSON, { description: 'What the model passed to it; a string where that was not JSON.' })
  arguments?: unknown;
}

@ObjectType('ToolCallFinished', {
  implements: RunEventType,
  description: 'A tool has answered, or failed.',
  simpleResolvers: true,
})
export class ToolCallFinishedType extends RunEventType {
  @Field(() => ID, { description: 'The call that ToolCallStarted named.' })
  callId!: string;

  @Field(() => ToolCallStatusEnum, { description: 'How it ended.' })
  status!: ToolCallStatus;

  @Field(() => String, { description: 'What the model is told.' })
  output!: string;

  @Field(() => Boolean, { description: 'The output was cut to the limit.' })
  isTruncated!: boolean;

  @Field(() => Int, { description: 'Milliseconds that the tool took.' })
  durationMs!: number;
}

@ObjectType('HistorySummarized', {
  implements: RunEventType,
  description:
    'The model is told a summary of the older turns from now on, since they do not fit any more. Messages stay as they are.',
  simpleResolvers: true,
})
export class HistorySummarizedType extends RunEventType {
  @Field(() => ID, { description: 'The newest message that is in the summary.' })
  upToMessageId!: string;
}

@ObjectType('StepReset', {
  implements: RunEventType,
  description:
    'What this step has streamed so far is void: drop it. The step is begun again, by the same model or another.',
  simpleResolvers: true,
})
export class StepResetType extends RunEventType {
  @Field(() => Int, { description: 'The number that StepStarted gave.' })
  step!: number;
}

@ObjectType('ModelChanged', {
  implements: RunEventType,
  description: 'The service of a model failed; another model stands in for it.',
  simpleResolvers: true,
})
export class ModelChangedType extends RunEventType {
  @Field(() => String, { description: 'As its service calls it.' })
  from!: string;

  @Field(() => String, { description: 'As its service calls it.' })
  to!: string;

  @Field(() => ErrorCodeEnum, { description: 'What went wrong.' })
  reason!: ErrorCode;
}

@ObjectType('ToolModeChanged', {
  implements: RunEventType,
  description: 'The model service would not take tools in one way; the step is asked again in another.',
  simpleResolvers: true,
})
export class ToolModeChangedType extends RunEventType {
  @Field(() => ToolModeEnum, { description: 'What it refused.' })
  from!: ToolMode;

  @Field(() => ToolModeEnum, { description: 'How it is asked now, and from now on if that works.' })
  to!: ToolMode;
}

@ObjectType('RunSnapshot', {
  implements: RunEventType,
  description: 'Replaces everything up to `seq`: the log no longer holds what came after your `after`.',
})
export class RunSnapshotType extends RunEventType {
  @Field(() => MessageType, { description: 'The answer as it is so far.', simple: true })
  message!: Message;

  @Field(() => Int, { description: 'Number of the last event that is in it; the same as `seq`.' })
  lastSeq?: number;
}

@ObjectType('RunCompleted', {
  implements: RunEventType,
  description: 'The run has answered. Its message is stored by now.',
  simpleResolvers: true,
})
export class RunCompletedType extends RunEventType {
  @Field(() => MessageType, { description: 'The answer.' })
  message!: Message;

  @Field(() => UsageType, { description: 'What all its model calls took together.' })
  usage!: Usage;

  @Field(() => StopReasonEnum, { description: 'Why it went no further.' })
  stopReason!: StopReason;
}

@ObjectType('RunFailed', { implements: RunEventType, description: 'The run could not answer.', simpleResolvers: true })
export class RunFailedType extends RunEventType {
  @Field(() => RunErrorType, { description: 'Why.' })
  error!: RunErrorType;

  @Field(() => MessageType, { description: 'What it had written.' })
  message!: Message;
}

@ObjectType('RunCancelled', {
  implements: RunEventType,
  description: 'Somebody stopped the run.',
  simpleResolvers: true,
})
export class RunCancelledType extends RunEventType {
  @Field(() => MessageType, { description: 'What it had written.' })
  message!: Message;
}

@ObjectType('RunInterrupted', {
  implements: RunEventType,
  description: 'The server that drove the run was lost or stopped.',
  simpleResolvers: true,
})
export class RunInterruptedType extends RunEventType {
  @Field(() => MessageType, { description: 'What was kept of what it had written.' })
  message!: Message;
}

/** What a model passed to a tool, as clients see it: the text itself where it is not JSON. */
export function parseArguments(text: string): unknown {
  try {
    return text === '' ? {} : ((JSON.parse(text) as unknown) ?? text);
  } catch {
    return text;
  }
}
