import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import {
  createConversation,
  listConversations,
  openConversation,
  renameConversation,
  updateConversation,
  type ConversationSettings,
} from '../../domain/conversations/conversations.js';
import type { Conversation } from '../../domain/conversations/conversation.js';
import { deleteConversation } from '../../domain/conversations/delete-conversation.js';
import { listNewest, listOldest, listTree } from '../../domain/conversations/list-messages.js';
import type { Message } from '../../domain/conversations/message.js';
import type { Model } from '../../domain/models/model.js';
import type { Usage } from '../../domain/usage/usage.js';
import type { Run } from '../../domain/runs/run.js';
import type { User } from '../../domain/users/user.js';
import { requireViewer, type RequestContext } from '../context.js';
import { ModelType } from '../models/model-types.js';
import { withinInt } from '../usage/usage-resolver.js';
import { UsageType } from '../usage/usage-type.js';
import { ForwardPageArgs, PageArgs, pageOf, readPage, type Connection } from '../paging.js';
import { RunType } from '../runs/run-types.js';
import { UserType } from '../users/user-types.js';
import { placeOf, readPlace } from './conversation-place.js';
import {
  ConversationConnection,
  ConversationType,
  CreateConversationInput,
  MessageConnection,
  UpdateConversationInput,
} from './conversation-types.js';

@Resolver(() => ConversationType)
export class ConversationResolver {
  @Query(() => ConversationType, { description: 'A conversation that you may read.' })
  conversation(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Conversation> {
    return openConversation(context.needs, requireViewer(context), id);
  }

  @Query(() => ConversationConnection, { description: 'Your own conversations, last changed first.' })
  async conversations(
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() context: RequestContext,
  ): Promise<Connection<Conversation>> {
    const viewer = requireViewer(context);
    const page = readPage(args);
    const found = await listConversations(context.needs, viewer, page.limit + 1, readPlace(page.cursor));
    return pageOf(page, found, placeOf);
  }

  @Mutation(() => ConversationType, { description: 'Makes a conversation of your own. It never contacts the model.' })
  createConversation(
    @Arg('input', () => CreateConversationInput, { description: 'What it is to be like.' })
    input: CreateConversationInput,
    @Ctx() context: RequestContext,
  ): Promise<Conversation> {
    return createConversation(context.needs, requireViewer(context), {
      ...settingsOf(input),
      title: input.title ?? undefined,
    });
  }

  @Mutation(() => ConversationType, { description: 'Changes how a conversation of your own is answered.' })
  updateConversation(
    @Arg('input', () => UpdateConversationInput, { description: 'What to change.' }) input: UpdateConversationInput,
    @Ctx() context: RequestContext,
  ): Promise<Conversation> {
    return updateConversation(context.needs, requireViewer(context), input.id, settingsOf(input));
  }

  @Mutation(() => ConversationType, { description: 'Gives a conversation of your own another title.' })
  renameConversation(
    @Arg('id', () => ID, { description: 'The conversation.' }) id: string,
    @Arg('title', () => String, { description: 'One line of at most 100 characters.' }) title: string,
    @Ctx() context: RequestContext,
  ): Promise<Conversation> {
    return renameConversation(context.needs, requireViewer(context), id, title);
  }

  @Mutation(() => ID, {
    description:
      'Deletes a conversation of your own and all that was said in it, for good; an active run is cancelled first. Returns its id.',
  })
  async deleteConversation(
    @Arg('id', () => ID, { description: 'The conversation.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<string> {
    await deleteConversation(context, requireViewer(context), id);
    return id;
  }

  @FieldResolver(() => UserType, { description: 'Who may change it.' })
  async owner(@Root() { ownerId }: Conversation, @Ctx() { loaders }: RequestContext): Promise<User | null> {
    return loaders.users.load(ownerId);
  }

  @FieldResolver(() => ModelType, {
    nullable: true,
    description:
      'Null once an administrator has deleted the model; the conversation can then be read, but not continued.',
  })
  model(@Root() { modelId }: Conversation, @Ctx() { loaders }: RequestContext): Promise<Model | null> {
    return loaders.models.load(modelId);
  }

  @FieldResolver(() => MessageConnection, {
    description: 'The path from the first message to the active leaf, oldest first. The newest by `last` and `before`.',
  })
  async messages(
    @Root() conversation: Conversation,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { needs }: RequestContext,
  ): Promise<Connection<Message>> {
    const page = readPage(args);
    const list = page.direction === 'backward' ? listNewest : listOldest;
    return pageOf(page, await list(needs, conversation, page.limit + 1, page.cursor), ({ id }) => id);
  }

  @FieldResolver(() => MessageConnection, {
    description: 'Every message, siblings (edits, other answers) included, oldest first.',
  })
  async tree(
    @Root() conversation: Conversation,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() { needs }: RequestContext,
  ): Promise<Connection<Message>> {
    const page = readPage(args);
    return pageOf(page, await listTree(needs, conversation, page.limit + 1, page.cursor), ({ id }) => id);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'What the model is told of what is long ago; null while all that was said fits.',
  })
  summary(@Root() { summary }: Conversation): string | null {
    return summary?.text ?? null;
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'The message that ends the path which is shown; null while there is none.',
  })
  activeLeaf(@Root() { activeLeafId }: Conversation): string | null {
    return activeLeafId;
  }

  @FieldResolver(() => RunType, { nullable: true, description: 'The run that has not ended, if any.' })
  activeRun(@Root() { id }: Conversation, @Ctx() { loaders }: RequestContext): Promise<Run | null> {
    return loaders.activeRuns.load(id);
  }

  @FieldResolver(() => UsageType, {
    description: 'What all its model calls took together, failed and cancelled ones too.',
  })
  async usage(@Root() { id }: Conversation, @Ctx() { needs }: RequestContext): Promise<Usage> {
    return withinInt(await needs.usage.totalOfConversation(id));
  }
}

/** A null that cannot be meant is as good as nothing said. */
function settingsOf(input: CreateConversationInput | UpdateConversationInput): ConversationSettings {
  const { modelId, fallbackModelIds, agentMode, temperature, maxOutputTokens, instructions } = input;
  return {
    modelId: modelId ?? undefined,
    fallbackModelIds: fallbackModelIds ?? undefined,
    agentMode,
    temperature,
    maxOutputTokens,
    instructions: instructions ?? undefined,
  };
}
