import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Extensions,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { chatStream, invokeChat } from '../../domain/runs/chat.js';
import { cancelRun, openRun } from '../../domain/runs/runs.js';
import type { Run, RunError } from '../../domain/runs/run.js';
import type { RunEvent } from '../../domain/runs/run-event.js';
import { sendMessage, type NewMessage } from '../../domain/runs/send-message.js';
import { isAdministrator } from '../../domain/users/policy.js';
import { requireViewer, type RequestContext } from '../context.js';
import { plainEvents } from '../execution/event-plan.js';
import { live } from '../live.js';
import { RunEventType, runEventTypeName } from './run-event-types.js';
import { InvokePayloadType, RunErrorType, RunPayloadType, RunType, SendMessageInput } from './run-types.js';

@ArgsType()
class ChatStreamArgs {
  @Field(() => SendMessageInput, {
    nullable: true,
    description: 'Sends this, starts the run, and streams it. The same `clientMessageId` again joins the same run.',
  })
  message?: SendMessageInput | null;

  @Field(() => ID, { nullable: true, description: 'Or follows this run, one of your own.' })
  runId?: string | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 0,
    description: 'Number of the last event that you have seen; 0 or null for all.',
  })
  after?: number | null;
}

@Resolver(() => RunType)
export class RunResolver {
  @Query(() => RunType, { description: 'A run of your own.' })
  run(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: RequestContext): Promise<Run> {
    return openRun(context.needs, requireViewer(context), id);
  }

  @Mutation(() => RunPayloadType, {
    description: 'Sends a message and starts the run that answers it; follow it by `chatStream(runId:)`.',
  })
  async sendMessage(
    @Arg('input', () => SendMessageInput, { description: 'The message.' }) input: SendMessageInput,
    @Ctx() context: RequestContext,
  ): Promise<RunPayloadType> {
    const { run, isStored } = await sendMessage(context, requireViewer(context), messageOf(input));
    await isStored;
    return { run, userMessage: run.userMessage, answerId: run.answerId };
  }

  @Mutation(() => InvokePayloadType, { description: 'The whole turn in one answer, without a stream.' })
  invokeChat(
    @Arg('input', () => SendMessageInput, { description: 'The message.' }) input: SendMessageInput,
    @Ctx() context: RequestContext,
  ): Promise<InvokePayloadType> {
    return invokeChat(context, requireViewer(context), messageOf(input));
  }

  @Mutation(() => RunType, {
    description:
      'Stops a run; the text so far is kept. Its end follows in its log. A run that has ended stays as it is.',
  })
  cancelRun(
    @Arg('runId', () => ID, { description: 'A run of your own.' }) runId: string,
    @Ctx() context: RequestContext,
  ): Promise<Run> {
    return cancelRun(context, requireViewer(context), runId);
  }

  @Extensions(plainEvents(runEventTypeName))
  @Subscription(() => RunEventType, {
    description:
      'Streams one agent turn: that of a `message` to send, or that of a `runId` after the event numbered `after`; first what is kept, then live, each event once and in order. Leaving does not stop the run.',
    subscribe: ({ args, context }: { args: Partial<ChatStreamArgs>; context: RequestContext }) => {
      const viewer = requireViewer(context);
      const request = {
        message: args.message ? messageOf(args.message) : null,
        runId: args.runId ?? null,
        after: args.after ?? 0,
      };
      return live((signal) => chatStream(context, viewer, request, signal));
    },
  })
  chatStream(
    @Root() event: RunEvent,
    @Args(() => ChatStreamArgs, { validate: false }) _args: ChatStreamArgs,
  ): RunEvent {
    return event;
  }
}

@Resolver(() => RunErrorType)
export class RunErrorResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'What the model service said, at most 500 characters; for OWNER and ADMIN only, null for others.',
  })
  providerMessage(@Root() { providerMessage }: RunError, @Ctx() context: RequestContext): string | null {
    return isAdministrator(requireViewer(context)) ? providerMessage : null;
  }
}

function messageOf(input: SendMessageInput): NewMessage {
  const { conversationId, text, clientMessageId, toolNames, modelId, responseSchema } = input;
  return {
    conversationId,
    text,
    clientMessageId: clientMessageId ?? null,
    toolNames: toolNames ?? null,
    modelId: modelId ?? null,
    responseSchema: responseSchema ?? null,
  };
}
