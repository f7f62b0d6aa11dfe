import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { createUnionType, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Message, MessageRole, MessageStatus, ToolCallStatus } from '../../domain/conversations/message.js';
import { NodeType } from '../node/node-type.js';

export const MessageRoleEnum = { USER: 'USER', ASSISTANT: 'ASSISTANT' } as const satisfies {
  [Role in MessageRole]: Role;
};
registerEnumType(MessageRoleEnum, {
  name: 'MessageRole',
  description: 'Who speaks.',
  valuesConfig: { USER: { description: 'A person.' }, ASSISTANT: { description: 'The agent.' } },
});

export const MessageStatusEnum = {
  COMPLETE: 'COMPLETE',
  STREAMING: 'STREAMING',
  PARTIAL: 'PARTIAL',
  FAILED: 'FAILED',
  DELETED: 'DELETED',
} as const satisfies { [Status in MessageStatus]: Status };
registerEnumType(MessageStatusEnum, {
  name: 'MessageStatus',
  description: 'How far a message is written.',
  valuesConfig: {
    COMPLETE: { description: 'All of it is there.' },
    STREAMING: { description: 'A run is writing it.' },
    PARTIAL: {
      description: 'Its run was cancelled or lost, or failed in the middle of it; what it had written is kept.',
    },
    FAILED: { description: 'Its run failed before there was an answer, or with one that does not have its form.' },
    DELETED: { description: 'Its content is gone; its place is kept.' },
  },
});

export const ToolCallStatusEnum = { RUNNING: 'RUNNING', SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED' } as const satisfies {
  [Status in ToolCallStatus]: Status;
};
registerEnumType(ToolCallStatusEnum, {
  name: 'ToolCallStatus',
  description: 'How far a call of a tool is.',
  valuesConfig: {
    RUNNING: { description: 'The tool works.' },
    SUCCEEDED: { description: 'It answered.' },
    FAILED: { description: 'It did not; its output says why.' },
  },
});

@ObjectType('TextPart', { description: 'What the user or the agent says.', simpleResolvers: true })
export class TextPartType {
  readonly type!: 'text';

  @Field(() => String, { description: 'As it was written, unchanged.' })
  text!: string;
}

@ObjectType('ReasoningPart', { description: 'What the model thought before it spoke.', simpleResolvers: true })
export class ReasoningPartType {
  readonly type!: 'reasoning';

  @Field(() => String, { description: 'As the model wrote it.' })
  text!: string;
}

@ObjectType('ToolCallPart', { description: 'A call of a tool, and what came of it.' })
export class ToolCallPartType {
  readonly type!: 'tool-call';

  @Field(() => ID, { description: 'Names the call within its run.', simple: true })
  callId!: string;

  @Field(() => String, { description: 'Name of the tool.', simple: true })
  name!: string;

  @Field(() => GraphQLJSON, { description: 'What the model passed to it; a string where that was not JSON.' })
  arguments?: unknown;

  @Field(() => ToolCallStatusEnum, { description: 'How far it is.', simple: true })
  status!: ToolCallStatus;

  @Field(() => String, {
    nullable: true,
    description: 'What the tool answered, for the model to read; null while it works.',
    simple: true,
  })
  output!: string | null;

  @Field(() => Boolean, { description: 'The output was cut to the limit.', simple: true })
  isTruncated!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'Milliseconds that the tool took; null while it works.',
    simple: true,
  })
  durationMs!: number | null;
}

const PART_TYPES = { text: 'TextPart', reasoning: 'ReasoningPart', 'tool-call': 'ToolCallPart' } as const;

export const MessagePartUnion = createUnionType({
  name: 'MessagePart',
  description: 'A piece of a message. Parts stand in the order in which they were made.',
  types: () => [TextPartType, ReasoningPartType, ToolCallPartType] as const,
  resolveType: ({ type }) => PART_TYPES[type],
});

@ObjectType('Message', { implements: NodeType, description: 'What somebody said in a conversation.' })
export class MessageType extends NodeType {
  @Field(() => ID, { description: 'The conversation that it belongs to.', simple: true })
  conversationId!: string;

  @Field(() => ID, { nullable: true, description: 'The message that it answers; null for the first.', simple: true })
  parentId!: string | null;

  @Field(() => Int, {
    description: 'Counts 1, 2, 3 … within the conversation, in the order in which messages were made.',
    simple: true,
  })
  position!: number;

  @Field(() => MessageRoleEnum, { description: 'Who speaks.', simple: true })
  role!: MessageRole;

  @Field(() => [MessagePartUnion], { description: 'Its pieces, in order.', simple: true })
  parts!: Message['parts'];

  @Field(() => MessageStatusEnum, { description: 'How far it is written.', simple: true })
  status!: MessageStatus;

  @Field(() => GraphQLDateTime, { description: 'When it was begun.', simple: true })
  createdAt!: Date;
}
