import { AppError } from '../../base/errors.js';
import type { ModelMessage, ToolCall } from '../models/language-model.js';
import type { Tool } from '../tools/tool.js';
import type { AgentEvent, AgentResult } from './agent-event.js';
import type { AnswerSchema } from './answer-schema.js';
import { askModel } from './ask-model.js';
import { MAX_ANSWER_CHARS, type Answer, type Candidate, type Question } from './attempt.js';
import { runToolCalls, type AgentContext } from './tool-calls.js';

export type Agent = {
  /** Asked for before every step, so that a model that was changed or deleted meanwhile is noticed. */
  readonly candidates: () => Promise<readonly Candidate[]>;
  /** Those that this turn may use. */
  readonly tools: readonly Tool[];
  /** Calls of the model, before the last one that must answer without tools. */
  readonly maxSteps: number;
  /** The form that the answer must have; null for any. */
  readonly answerSchema: AnswerSchema | null;
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
 * LIMIT_EXCEEDED past {@link MAX_ANSWER_CHARS}, and INVALID_OUTPUT where the answer does not have its form even when asked again. A tool that fails is news for the model, never the end of the run.
 */
export async function* agentLoop(
  agent: Agent,
  history: readonly ModelMessage[],
  context: AgentContext,
): AsyncGenerator<AgentEvent, AgentResult> {
  const messages = [...history];
  const progress: Progress = { charsLeft: MAX_ANSWER_CHARS, callIds: new Set(), timesCalled: new Map() };
  const ask = async (step: number, tools: readonly Tool[]) =>
    askModel(await agent.candidates(), { messages, tools, step, progress }, context.signal);
  for (let step = 1; step <= agent.maxSteps; step++) {
    const answer = yield* await ask(step, agent.tools);
    if (answer.toolCalls.length === 0) {
      const stopReason = answer.finish === 'length' ? 'LENGTH' : 'ANSWER';
      return yield* conclude(agent, messages, answer, { stopReason, steps: step }, ask);
    }
    const repeated = countRepeats(progress, answer.toolCalls);
    const { text, reasoning, toolCalls } = answer;
    messages.push({ role: 'assistant', text, toolCalls, ...(reasoning !== '' && { reasoning }) });
    messages.push(...(yield* runToolCalls(agent.tools, answer.toolCalls, { step, repeated }, context)));
    if (repeated.size > 0) {
      const last = yield* await ask(step + 1, []);
      return yield* conclude(agent, messages, last, { stopReason: 'TOOL_LOOP', steps: step + 1 }, ask);
    }
  }
  const steps = agent.maxSteps + 1;
  return yield* conclude(agent, messages, yield* await ask(steps, []), { stopReason: 'STEP_LIMIT', steps }, ask);
}

type Ask = (step: number, tools: readonly Tool[]) => Promise<AsyncGenerator<AgentEvent, Answer>>;

/** An answer that does not have the form that was asked for is void, and the model is asked to mend it, once. */
async function* conclude(
  { answerSchema }: Agent,
  messages: ModelMessage[],
  { text }: Answer,
  result: AgentResult,
  ask: Ask,
): AsyncGenerator<AgentEvent, AgentResult> {
  const problem = answerSchema?.problemOf(text) ?? null;
  if (problem === null) return result;
  yield { type: 'step-reset', step: result.steps };
  messages.push(
    { role: 'assistant', text, toolCalls: [] },
    { role: 'user', text: `Your answer does not fit: ${problem}\n${answerSchema?.instructions}` },
  );
  const steps = result.steps + 1;
  const mended = yield* await ask(steps, []);
  if (answerSchema?.problemOf(mended.text) !== null)
    throw new AppError('INVALID_OUTPUT', 'The model did not answer in the form that was asked for.', {
      isRetryable: true,
    });
  return { ...result, steps };
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
