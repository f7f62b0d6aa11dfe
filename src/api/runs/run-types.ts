import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ErrorCode } from '../../base/errors.js';
import type { Message } from '../../domain/conversations/message.js';
import type { Usage } from '../../domain/usage/usage.js';
import type { RunStatus, StopReason } from '../../domain/runs/run.js';
import { MessageType } from '../conversations/message-types.js';
import { ErrorCodeEnum } from '../error-codes.js';
import { UsageType } from '../usage/usage-type.js';
import { NodeType } from '../node/node-type.js';

export const RunStatusEnum = {
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  AWAITING_INPUT: 'AWAITING_INPUT',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
  INTERRUPTED: 'INTERRUPTED',
} as const satisfies { [Status in RunStatus]: Status };
registerEnumType(RunStatusEnum, {
  name: 'RunStatus',
  description: 'How far a run is.',
  valuesConfig: {
    QUEUED: { description: 'It waits for its turn.' },
    RUNNING: { description: 'The agent works.' },
    AWAITING_INPUT: { description: 'It waits for a person or a client.' },
    COMPLETED: { description: 'It has answered.' },
    FAILED: { description: 'It could not answer; its error says why.' },
    CANCELLED: { description: 'Somebody stopped it; what it had written is kept.' },
    INTERRUPTED: { description: 'Its server was lost or stopped; what it had written is kept.' },
  },
});

export const StopReasonEnum = {
  ANSWER: 'ANSWER',
  STEP_LIMIT: 'STEP_LIMIT',
  TOOL_LOOP: 'TOOL_LOOP',
  LENGTH: 'LENGTH',
  ERROR: 'ERROR',
  CANCELLED: 'CANCELLED',
} as const satisfies { [Reason in StopReason]: Reason };
registerEnumType(StopReasonEnum, {
  name: 'StopReason',
  description: 'Why a run went no further.',
  valuesConfig: {
    ANSWER: { description: 'The agent had answered.' },
    STEP_LIMIT: { description: 'Its steps were used up; the last answer was given without tools.' },
    TOOL_LOOP: { description: 'It repeated one call of a tool; the last answer was given without tools.' },
    LENGTH: { description: 'The answer reached the largest size that the model may write.' },
    ERROR: { description: 'It failed.' },
    CANCELLED: { description: 'Somebody stopped it.' },
  },
});

@ObjectType('RunError', { description: 'Why a run failed.' })
export class RunErrorType {
  @Field(() => ErrorCodeEnum, { description: 'For programs.', simple: true })
  code!: ErrorCode;

  @Field(() => String, { description: 'For people.', simple: true })
  message!: string;

  @Field(() => Boolean, { description: 'The same message may succeed later.', simple: true })
  isRetryable!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'Milliseconds to wait first; null where nobody said.',
    simple: true,
  })
  retryAfterMs!: number | null;
}

@ObjectType('Run', {
  implements: NodeType,
  description: "One agent turn: from a user's message to the end of the answer.",
})
export class RunType extends NodeType {
  @Field(() => ID, { description: 'The conversation that it belongs to.', simple: true })
  conversationId!: string;

  @Field(() => RunStatusEnum, { description: 'How far it is.', simple: true })
  status!: RunStatus;

  @Field(() => StopReasonEnum, {
    nullable: true,
    description: 'Why it went no further; null until it has ended, or was interrupted.',
    simple: true,
  })
  stopReason!: StopReason | null;

  @Field(() => String, { description: 'The model, as its service calls it.', simple: true })
  modelName!: string;

  @Field(() => Int, {
    description:
      'Calls of the model so far; exact once it has ended. Of a run lost with its process, those that were saved or booked.',
    simple: true,
  })
  steps!: number;

  @Field(() => Int, {
    description: 'Calls of the model that it may make; the last answer without tools is one more.',
    simple: true,
  })
  maxSteps!: number;

  @Field(() => UsageType, { description: 'What its model calls took together; known once it has ended.', simple: true })
  usage!: Usage;

  @Field(() => Int, { description: 'Number of its terminal event; 0 until it has ended.', simple: true })
  lastSeq!: number;

  @Field(() => RunErrorType, { nullable: true, description: 'Why it failed.', simple: true })
  error!: RunErrorType | null;

  @Field(() => GraphQLDateTime, { description: 'When it was accepted.', simple: true })
  startedAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it ended.', simple: true })
  finishedAt!: Date | null;
}

export const OnBusyEnum = { REJECT: 'REJECT' } as const;
registerEnumType(OnBusyEnum, {
  name: 'OnBusy',
  description: 'What becomes of a message to a conversation that is still being answered.',
  valuesConfig: { REJECT: { description: 'It is refused with CONFLICT.' } },
});

@InputType({ description: 'A message to the agent.' })
export class SendMessageInput {
  @Field(() => ID, { description: 'A conversation of your own.' })
  conversationId!: string;

  @Field(() => String, { description: 'At most 32,000 characters; kept unchanged.' })
  text!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'Your own id for this message, at most 128 visible ASCII characters. Sent again it gives the run that it started; with another text it is a CONFLICT. `chatStream(message:)` requires it, since clients subscribe again by themselves.',
  })
  clientMessageId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Tools that may be used in this turn, at most 100; [] is plain chat, null is all whose `approval` is ALLOW.',
  })
  toolNames?: string[] | null;

  @Field(() => ID, { nullable: true, description: "The model that answers this time; null is the conversation's own." })
  modelId?: string | null;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description:
      'JSON Schema that the answer must fit, at most 16,000 characters: its text is JSON then. The model is asked once more if it does not fit; after that the run fails with INVALID_OUTPUT.',
  })
  responseSchema?: unknown;

  @Field(() => OnBusyEnum, {
    defaultValue: OnBusyEnum.REJECT,
    description: 'What becomes of it while the conversation is still being answered.',
  })
  onBusy!: 'REJECT';
}

@ObjectType('RunPayload', { description: 'What came of sending a message.', simpleResolvers: true })
export class RunPayloadType {
  @Field(() => RunType, { description: 'The run that answers; follow it by `chatStream(runId:)`.' })
  run!: RunType;

  @Field(() => MessageType, { description: 'The message as it was kept.' })
  userMessage!: Message;

  @Field(() => ID, { description: 'Id of the message that the run writes.' })
  answerId!: string;
}

@ObjectType('InvokePayload', { description: 'A whole turn.', simpleResolvers: true })
export class InvokePayloadType {
  @Field(() => RunType, { description: 'The run as it ended; look at its status.' })
  run!: RunType;

  @Field(() => MessageType, { description: 'The answer.' })
  message!: Message;
}
