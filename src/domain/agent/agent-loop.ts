import { AppError } from '../../base/errors.js';
import type {
  FinishReason,
  LanguageModel,
  ModelMessage,
  ModelPart,
  ModelRequest,
  ToolCall,
} from '../models/language-model.js';
import type { Tool } from '../tools/tool.js';
import type { AgentEvent, AgentResult } from './agent-event.js';
import { estimateUsage } from './estimate-usage.js';
import { runToolCalls, type AgentContext } from './tool-calls.js';

export type Agent = {
  /** Asked before every step, so that a model that was changed or deleted meanwhile is noticed. */
  readonly model: () => Promise<LanguageModel>;
  /** Those that this turn may use. */
  readonly tools: readonly Tool[];
  readonly temperature: number | null;
  readonly maxOutputTokens: number | null;
  /** Calls of the model, before the last one that must answer without tools. */
  readonly maxSteps: number;
};

/** Characters that one run may write, reasoning included: a stream that never ends is stopped here. */
export const MAX_ANSWER_CHARS = 1_000_000;

/** The same call with the same arguments is not made this many times in one run. */
const TOOL_LOOP_CALLS = 3;

/** What is carried from step to step. */
type Progress = { charsLeft: number; readonly callIds: Set<string>; readonly timesCalled: Map<string, number> };

type Answer = { readonly text: string; readonly toolCalls: readonly ToolCall[]; readonly finish: FinishReason };

/**
 * Asks the model, runs the tools that it calls, and asks again until it answers without calling one.
 *
 * When `maxSteps` are used up, or the model repeats one call, it is asked once more without tools, and that answer ends the run.
 * Yields what happens as it happens and keeps nothing: the caller records the events. Throws what the model throws, the signal's reason once it aborts,
 * and LIMIT_EXCEEDED past {@link MAX_ANSWER_CHARS}. A tool that fails is news for the model, never the end of the run.
 */
export async function* agentLoop(
  agent: Agent,
  history: readonly ModelMessage[],
  context: AgentContext,
): AsyncGenerator<AgentEvent, AgentResult> {
  const messages = [...history];
  const progress: Progress = { charsLeft: MAX_ANSWER_CHARS, callIds: new Set(), timesCalled: new Map() };
  for (let step = 1; step <= agent.maxSteps; step++) {
    const answer = yield* askModel(agent, { messages, tools: agent.tools, step, progress }, context.signal);
    if (answer.toolCalls.length === 0)
      return { stopReason: answer.finish === 'length' ? 'LENGTH' : 'ANSWER', steps: step };
    const repeated = countRepeats(progress, answer.toolCalls);
    messages.push({ role: 'assistant', text: answer.text, toolCalls: answer.toolCalls });
    messages.push(...(yield* runToolCalls(agent.tools, answer.toolCalls, { step, repeated }, context)));
    if (repeated.size > 0)
      return yield* answerWithoutTools(agent, messages, { step, progress, stopReason: 'TOOL_LOOP' }, context.signal);
  }
  return yield* answerWithoutTools(
    agent,
    messages,
    { step: agent.maxSteps, progress, stopReason: 'STEP_LIMIT' },
    context.signal,
  );
}

async function* answerWithoutTools(
  agent: Agent,
  messages: readonly ModelMessage[],
  { step, progress, stopReason }: { step: number; progress: Progress; stopReason: 'TOOL_LOOP' | 'STEP_LIMIT' },
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, AgentResult> {
  yield* askModel(agent, { messages, tools: [], step: step + 1, progress }, signal);
  return { stopReason, steps: step + 1 };
}

async function* askModel(
  agent: Agent,
  asked: { messages: readonly ModelMessage[]; tools: readonly Tool[]; step: number; progress: Progress },
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, Answer> {
  const { step, progress } = asked;
  yield { type: 'step-started', step };
  const model = await agent.model();
  const request: ModelRequest = {
    ...asked,
    temperature: agent.temperature,
    maxOutputTokens: agent.maxOutputTokens,
    signal,
  };
  const toolCalls: ToolCall[] = [];
  let text = '';
  let reasoning = '';
  let finish: Extract<ModelPart, { type: 'finish' }> | null = null;
  const estimated = () => estimateUsage(request, { text, reasoning, toolCalls });
  try {
    for await (const part of model.stream(request)) {
      if (part.type === 'finish') finish = part;
      else if (part.type === 'tool-mode-changed') yield part;
      else if (part.type === 'tool-call') toolCalls.push(withOwnId(progress, part.call));
      else {
        if (part.type === 'text-delta') text += part.text;
        else reasoning += part.text;
        yield part;
        progress.charsLeft -= part.text.length;
        if (progress.charsLeft < 0)
          throw new AppError('LIMIT_EXCEEDED', `An answer has at most ${MAX_ANSWER_CHARS} characters.`);
      }
    }
    if (!finish)
      throw new AppError('UPSTREAM_FAILED', 'The model stopped in the middle of its answer.', { isRetryable: true });
  } catch (error) {
    yield { type: 'model-called', step, outcome: signal.aborted ? 'CANCELLED' : 'FAILED', usage: estimated() };
    throw error;
  }
  yield { type: 'model-called', step, outcome: 'COMPLETED', usage: finish.usage ?? estimated() };
  if (finish.reason === 'content-filter')
    throw new AppError('UPSTREAM_REFUSED', 'The model service withheld its answer.');
  return { text, toolCalls: asked.tools.length > 0 ? toolCalls : [], finish: finish.reason };
}

/** Some services count their calls anew in every answer; in a run each call has an id of its own. */
function withOwnId({ callIds }: Progress, call: ToolCall): ToolCall {
  const id = callIds.has(call.id) ? `${call.id}-${callIds.size + 1}` : call.id;
  callIds.add(id);
  return { ...call, id };
}

/** Counts each call of a step. Returns the ids of those that have been made too often. */
function countRepeats({ timesCalled }: Progress, calls: readonly ToolCall[]): ReadonlySet<string> {
  const repeated = new Set<string>();
  for (const { id, name, argumentsText } of calls) {
    const key = `${name} ${argumentsText.trim()}`;
    const times = (timesCalled.get(key) ?? 0) + 1;
    timesCalled.set(key, times);
    if (times >= TOOL_LOOP_CALLS) repeated.add(id);
  }
  return repeated;
}
