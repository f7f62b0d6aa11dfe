import { ArgsType, Field, InputType, ObjectType } from 'type-graphql';
import type { Conversation, ConversationKind, Visibility } from '../../domain/conversations/conversation.js';
import type { Message } from '../../domain/conversations/message.js';
import { connectionOf, ForwardPageArgs } from '../paging.js';
import { ConversationKindEnum, ConversationType, VisibilityEnum } from './conversation-types.js';
import { MessageType } from './message-types.js';

@ObjectType('ConversationHit', { description: 'A conversation that a search found.', simpleResolvers: true })
export class ConversationHitType {
  @Field(() => ConversationType, { description: 'What was found.' })
  conversation!: Conversation;

  @Field(() => MessageType, {
    nullable: true,
    description: 'Its latest message that matches. Without a text its last message; null while there is none.',
  })
  matchedMessage!: Message | null;

  @Field(() => String, {
    nullable: true,
    description: 'The passage that matches, with the match between « and »; null without a text.',
  })
  snippet!: string | null;
}

@ObjectType('ConversationHitConnection', { description: 'A page of found conversations.', simpleResolvers: true })
export class ConversationHitConnection extends connectionOf('ConversationHit', ConversationHitType) {}

@InputType({ description: 'Which conversations to look for.' })
export class ConversationFilter {
  @Field(() => ConversationKindEnum, { nullable: true, description: 'Only those that were begun so.' })
  kind?: ConversationKind | null;

  @Field(() => VisibilityEnum, { nullable: true, description: 'Only those that these people may read.' })
  visibility?: Visibility | null;
}

@ArgsType()
export class SearchConversationsArgs extends ForwardPageArgs {
  @Field(() => String, {
    nullable: true,
    description: 'What was said: a sentence, words or identifiers, at most 200 characters. All are listed without it.',
  })
  text?: string | null;

  @Field(() => ConversationFilter, { nullable: true, description: 'Which ones; all if left out.' })
  filter?: ConversationFilter | null;
}
