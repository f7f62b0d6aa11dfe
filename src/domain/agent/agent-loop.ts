import type { ModelMessage, ToolCall } from '../models/language-model.js';
import type { Tool } from '../tools/tool.js';
import type { AgentEvent, AgentResult } from './agent-event.js';
import { askModel, MAX_ANSWER_CHARS, type Candidate, type Question } from './ask-model.js';
import { runToolCalls, type AgentContext } from './tool-calls.js';

export type Agent = {
  /** Asked for before every step, so that a model that was changed or deleted meanwhile is noticed. */
  readonly candidates: () => Promise<readonly Candidate[]>;
  /** Those that this turn may use. */
  readonly tools: readonly Tool[];
  /** Calls of the model, before the last one that must answer without tools. */
  readonly maxSteps: number;
};

/** The same call with the same arguments is not made this many times in one run. */
const TOOL_LOOP_CALLS = 3;

/** What is carried from step to step. */
type Progress = Question['progress'] & { readonly timesCalled: Map<string, number> };

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
    const answer = yield* askModel(
      await agent.candidates(),
      { messages, tools: agent.tools, step, progress },
      context.signal,
    );
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
  yield* askModel(await agent.candidates(), { messages, tools: [], step: step + 1, progress }, signal);
  return { stopReason, steps: step + 1 };
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
