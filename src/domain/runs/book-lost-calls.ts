import { AppError } from '../../base/errors.js';
import { MAX_REQUESTS_PER_STEP } from '../agent/ask-model.js';
import { tellHistory } from '../agent/history.js';
import { estimateUsage } from '../agent/estimate-usage.js';
import { toModelMessages } from '../agent/model-messages.js';
import { userSubject } from '../budgets/budgets.js';
import type { Conversation } from '../conversations/conversation.js';
import type { Message, MessagePart } from '../conversations/message.js';
import { pathBack } from '../conversations/path.js';
import type { ModelMessage, ToolCall } from '../models/language-model.js';
import type { Model } from '../models/model.js';
import { inputRoom } from '../models/output-room.js';
import { withCost } from '../models/price.js';
import { monthOf } from '../usage/month.js';
import type { UsageRecord } from '../usage/usage-store.js';
import type { Needs } from '../needs.js';
import type { Tool } from '../tools/tool.js';
import { toolsOfTurn } from '../tools/tools-of-turn.js';
import type { Toolbox } from '../tools/tools.js';
import type { Run } from './run.js';
import { callIdOf } from './run-budget.js';

type Booking = Pick<Needs, 'usage' | 'budgets' | 'models' | 'conversations' | 'messages' | 'countTokens' | 'clock'>;

/** What a run was about. */
type Lost = {
  readonly run: Run;
  readonly model: Model;
  readonly conversation: Conversation;
  readonly tools: readonly Tool[];
};

/** What one call of the model wrote, as far as it was saved. */
type Written = {
  readonly step: number;
  /** What the answer consisted of when it was made. */
  readonly before: readonly MessagePart[];
  text: string;
  reasoning: string;
  readonly toolCalls: ToolCall[];
};

/**
 * Books the calls of a run that was lost with its process before they were on record: by what was saved of its answer and what it was told, estimated. A call of which nothing was saved
 * is taken to have cost nothing. Doing it again changes nothing. Does nothing where the model or the conversation is gone.
 *
 * @param answer As far as it was saved.
 */
export async function bookLostCalls(
  { needs, toolbox }: { needs: Booking; toolbox: Toolbox },
  run: Run,
  answer: Message,
): Promise<void> {
  const written = writtenIn(answer.parts);
  const recorded = await recordedSteps(needs, run, written);
  const lost = written.filter(({ step }) => !recorded.has(step));
  if (lost.length === 0) return;

  const [model, conversation, account] = await Promise.all([
    needs.models.find(run.modelId),
    needs.conversations.find(run.conversationId),
    needs.budgets.find(userSubject(run.userId), monthOf(needs.clock.now())),
  ]);
  if (!model || !conversation) return;
  const tools = toolsOfTurn(toolbox, run.toolNames);
  const told = await whatWasTold(needs, { run, model, conversation, tools });
  const reserved = account?.reservations.map(({ callId }) => callId) ?? [];
  const records = lost.map(async (call): Promise<UsageRecord> => {
    const messages = [...told, ...toModelMessages({ ...answer, parts: call.before })];
    const usage = await estimateUsage({ messages, tools }, call, needs.countTokens);
    return {
      id: reserved.find((id) => id.startsWith(`${run.id}-${call.step}-`)) ?? callIdOf(run.id, { ...call, attempt: 1 }),
      userId: run.userId,
      conversationId: run.conversationId,
      runId: run.id,
      messageId: run.answerId,
      modelId: model.id,
      modelName: model.name,
      step: call.step,
      // Whoever calls tools has come to its end.
      outcome: call.toolCalls.length > 0 ? 'COMPLETED' : 'FAILED',
      usage: withCost(usage, model),
      at: needs.clock.now(),
    };
  });
  await needs.usage.record(await Promise.all(records));
}

/** Calls of the model that an answer tells of, as far as it was saved. */
export function stepsIn(parts: readonly MessagePart[]): number {
  return writtenIn(parts).at(-1)?.step ?? 0;
}

async function recordedSteps({ usage }: Booking, run: Run, written: readonly Written[]): Promise<ReadonlySet<number>> {
  // Each attempt of a step makes a request at least.
  const attempts = Array.from({ length: MAX_REQUESTS_PER_STEP }, (_, at) => at + 1);
  const ids = written.flatMap(({ step }) => attempts.map((attempt) => callIdOf(run.id, { step, attempt })));
  const records = ids.length === 0 ? [] : await usage.findMany(ids);
  return new Set(records.map(({ step }) => step));
}

/** The calls that wrote these parts. What follows a call of a tool, other than a call of the same step, was written by the next. */
function writtenIn(parts: readonly MessagePart[]): Written[] {
  const written: Written[] = [];
  for (const [place, part] of parts.entries()) {
    const last = written.at(-1);
    const isNext =
      last === undefined || (last.toolCalls.length > 0 && !(part.type === 'tool-call' && part.step === last.step));
    const call = isNext ? begun(part, last, parts.slice(0, place)) : last;
    if (isNext) written.push(call);
    if (part.type === 'tool-call')
      call.toolCalls.push({ id: part.callId, name: part.name, argumentsText: part.argumentsText });
    else call[part.type] += part.text;
  }
  return written;
}

function begun(part: MessagePart, last: Written | undefined, before: readonly MessagePart[]): Written {
  const step = part.type === 'tool-call' ? part.step : (last?.step ?? 0) + 1;
  return { step, before, text: '', reasoning: '', toolCalls: [] };
}

/** The history as the model was told it, but for what a summary made room for meanwhile. */
async function whatWasTold(
  needs: Booking,
  { run, model, conversation, tools }: Lost,
): Promise<readonly ModelMessage[]> {
  const { userMessage, conversationId } = run;
  const path = pathBack(needs, conversationId, userMessage.parentId, userMessage.position);
  const turn = { conversation, model, tools, userMessage, answerInstructions: '', path };
  const maxOutputTokens = conversation.maxOutputTokens ?? model.maxOutputTokens;
  const nobody = {
    modelId: model.id,
    modelName: model.name,
    model: { stream: neverAsked },
    temperature: null,
    maxOutputTokens,
    inputRoom: inputRoom(model, maxOutputTokens),
    countTokens: needs.countTokens,
  };
  const telling = tellHistory(turn, nobody, new AbortController().signal);
  for (;;) {
    const { value, done } = await telling.next();
    if (done) return value;
  }
}

/** A summary that cannot be made is left out. */
function neverAsked(): never {
  throw new AppError('MODEL_UNAVAILABLE', 'No model is asked for an estimate.');
}
