import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ConversationKind, TitleSource, Visibility } from '../../domain/conversations/conversation.js';
import type { ToolMode } from '../../domain/models/model.js';
import { ToolModeEnum } from '../models/model-types.js';
import { NodeType } from '../node/node-type.js';
import { connectionOf } from '../paging.js';
import { MessageType } from './message-types.js';

export const ConversationKindEnum = { PERSONAL: 'PERSONAL', SYSTEM: 'SYSTEM' } as const satisfies {
  [Kind in ConversationKind]: Kind;
};
registerEnumType(ConversationKindEnum, {
  name: 'ConversationKind',
  description: 'Who began a conversation.',
  valuesConfig: {
    PERSONAL: { description: 'A person.' },
    SYSTEM: { description: 'The system, for everybody to read.' },
  },
});

export const VisibilityEnum = { PRIVATE: 'PRIVATE', PUBLIC: 'PUBLIC' } as const satisfies {
  [Kind in Visibility]: Kind;
};
registerEnumType(VisibilityEnum, {
  name: 'Visibility',
  description: 'Who may read it.',
  valuesConfig: { PRIVATE: { description: 'Its owner.' }, PUBLIC: { description: 'Everybody who is signed in.' } },
});

export const TitleSourceEnum = {
  DEFAULT: 'DEFAULT',
  USER: 'USER',
  GENERATED: 'GENERATED',
  INHERITED: 'INHERITED',
} as const satisfies {
  [Source in TitleSource]: Source;
};
registerEnumType(TitleSourceEnum, {
  name: 'TitleSource',
  description: 'Who gave a title.',
  valuesConfig: {
    DEFAULT: { description: 'Nobody yet.' },
    USER: { description: 'Its owner.' },
    GENERATED: { description: 'The model.' },
    INHERITED: { description: 'The conversation that it was copied from.' },
  },
});

@ObjectType('Conversation', { implements: NodeType, description: 'Messages between its owner and the agent.' })
export class ConversationType extends NodeType {
  @Field(() => ConversationKindEnum, { description: 'Who began it.', simple: true })
  kind!: ConversationKind;

  @Field(() => VisibilityEnum, { description: 'Who may read it.', simple: true })
  visibility!: Visibility;

  @Field(() => String, { description: "'제목 없음' until somebody names it.", simple: true })
  title!: string;

  @Field(() => TitleSourceEnum, { description: 'Who gave the title.', simple: true })
  titleSource!: TitleSource;

  @Field(() => String, { description: 'Name of the provider when the model was chosen.', simple: true })
  providerName!: string;

  @Field(() => String, { description: 'Name of the model when it was chosen, as its service calls it.', simple: true })
  modelName!: string;

  @Field(() => [ID], {
    description: 'Models that stand in, in this order, when the service of the model fails.',
    simple: true,
  })
  fallbackModelIds!: readonly string[];

  @Field(() => ToolModeEnum, {
    nullable: true,
    description: 'How the model is asked to use tools; null is as the model has it.',
    simple: true,
  })
  agentMode!: ToolMode | null;

  @Field(() => Float, { nullable: true, description: '0 to 2; null is as the model has it.', simple: true })
  temperature!: number | null;

  @Field(() => Int, { nullable: true, description: 'Tokens of one answer; null is as the model has it.', simple: true })
  maxOutputTokens!: number | null;

  @Field(() => String, {
    description:
      "What the model is told first, in the owner's words, after the server's own part of the system message; empty for nothing.",
    simple: true,
  })
  instructions!: string;

  @Field(() => GraphQLDateTime, { description: 'When it was made.', simple: true })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When it was last changed or written to.', simple: true })
  updatedAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When its last message was sent; null while there is none.',
    simple: true,
  })
  lastMessageAt!: Date | null;
}

@ObjectType('ConversationConnection', { description: 'A page of conversations.', simpleResolvers: true })
export class ConversationConnection extends connectionOf('Conversation', ConversationType) {}

@ObjectType('MessageConnection', { description: 'A page of messages.', simpleResolvers: true })
export class MessageConnection extends connectionOf('Message', MessageType) {}

@InputType({ description: 'How a conversation is answered.' })
abstract class ConversationSettingsInput {
  @Field(() => ID, {
    nullable: true,
    description: 'The model that answers. When creating: the default one if left out.',
  })
  modelId?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Models that stand in, in this order, when the service of the model fails: at most 4.',
  })
  fallbackModelIds?: string[] | null;

  @Field(() => ToolModeEnum, {
    nullable: true,
    description: 'How the model is asked to use tools; null is as the model has it.',
  })
  agentMode?: ToolMode | null;

  @Field(() => Float, { nullable: true, description: '0 to 2; null is as the model has it.' })
  temperature?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Tokens of one answer, 1 to 1,000,000; null is as the model has it.',
  })
  maxOutputTokens?: number | null;

  @Field(() => String, { nullable: true, description: 'What the model is told first; at most 16,000 characters.' })
  instructions?: string | null;
}

@InputType({ description: 'A new conversation. It is made without contacting the model.' })
export class CreateConversationInput extends ConversationSettingsInput {
  @Field(() => String, { nullable: true, description: "One line of at most 100 characters; '제목 없음' if left out." })
  title?: string | null;
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateConversationInput extends ConversationSettingsInput {
  @Field(() => ID, { description: 'The conversation to change.' })
  id!: string;
}
