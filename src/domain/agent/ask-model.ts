import { AppError } from '../../base/errors.js';
import type { CountTokens } from '../models/count-tokens.js';
import type {
  FinishReason,
  LanguageModel,
  ModelMessage,
  ModelPart,
  ModelRequest,
  ToolCall,
} from '../models/language-model.js';
import { addUsage, type Usage } from '../models/usage.js';
import type { Tool } from '../tools/tool.js';
import type { AgentEvent } from './agent-event.js';
import { estimateUsage } from './estimate-usage.js';
import { fitWindow, shrink } from './fit-window.js';

/** A model that may be asked. The first of several is the one that was chosen; the others stand in for it. */
export type Candidate = {
  readonly modelId: string;
  readonly modelName: string;
  readonly model: LanguageModel;
  readonly temperature: number | null;
  readonly maxOutputTokens: number | null;
  /** Tokens of its window that it can be told. */
  readonly inputRoom: number;
  /** Counts where the service does not. @default estimateAll */
  readonly countTokens?: CountTokens;
};

/** Characters that one run may write, reasoning included: a stream that never ends is stopped here. */
export const MAX_ANSWER_CHARS = 1_000_000;

/** Requests to services that one step may cause: retries, other ways to offer tools, and stand-ins together. */
export const MAX_REQUESTS_PER_STEP = 8;

/** What is told again of what a service found too long. */
const TOLD_AGAIN_SHARE = 0.6;

export type Question = {
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly Tool[];
  readonly step: number;
  /** What is left of {@link MAX_ANSWER_CHARS}, and the ids that calls have had in this run. */
  readonly progress: { charsLeft: number; readonly callIds: Set<string> };
};

export type Answer = {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: FinishReason;
};

type Told = Question['messages'];

/** What has come of an answer. */
type Begun = {
  text: string;
  reasoning: string;
  readonly toolCalls: ToolCall[];
  finish: Extract<ModelPart, { type: 'finish' }> | null;
  /** What was taken before it was begun again in another way. */
  spent: Usage | null;
};

/** The service says that the model has finished, but it neither wrote nor called anything. That is no answer, and nobody should be shown one. */
class EmptyAnswerError extends AppError {
  constructor() {
    super('UPSTREAM_FAILED', 'The model ended without an answer.', { isRetryable: true });
  }
}

/**
 * Asks the first candidate, and the next one where its service fails, takes too long or refuses. One that ends without an answer is asked once more before
 * that, and one that is told too much is told less. What has been streamed before a failure is void then: `step-reset` says so. Every call of a model ends with `model-called`, failed and cancelled ones too.
 *
 * @throws what the last candidate threw; UPSTREAM_FAILED if it ended without an answer twice; the signal's reason once it aborts; LIMIT_EXCEEDED past {@link MAX_ANSWER_CHARS}.
 */
export async function* askModel(
  candidates: readonly Candidate[],
  question: Question,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, Answer> {
  yield { type: 'step-started', step: question.step };
  const requests = { left: MAX_REQUESTS_PER_STEP };
  let place = 0;
  let emptyAnswers = 0;
  let told: Told | null = null;
  for (let attempt = 1; ; attempt++) {
    const candidate = candidates[place];
    if (!candidate) throw new AppError('MODEL_UNAVAILABLE', 'There is no model to ask.');
    const begun: Begun = { text: '', reasoning: '', toolCalls: [], finish: null, spent: null };
    // The first is asked first with what its window was filled with: only later may there be too much.
    told ??= question.step <= 1 && place === 0 ? question.messages : await fitted(candidate, question);
    try {
      return yield* askCandidate(candidate, { ...question, messages: told }, { begun, attempt, requests, signal });
    } catch (error) {
      if (signal.aborted || requests.left <= 0 || !isUpstreamFailure(error)) throw error;
      const less: Told | null = error.details.isTooLong
        ? await toldLess(candidate, { ...question, messages: told })
        : null;
      const isAskedAgain = less !== null || (error instanceof EmptyAnswerError && ++emptyAnswers === 1);
      const next = candidates[place + 1];
      if (!isAskedAgain && !next) throw error;
      if (begun.text !== '' || begun.reasoning !== '') yield { type: 'step-reset', step: question.step };
      told = less ?? told;
      if (isAskedAgain || !next) continue;
      yield { type: 'model-changed', from: candidate.modelName, to: next.modelName, reason: error.code };
      place += 1;
      told = null;
      emptyAnswers = 0;
    }
  }
}

async function* askCandidate(
  { modelId, modelName, model, temperature, maxOutputTokens, countTokens }: Candidate,
  { messages, tools, step, progress }: Question,
  {
    begun,
    attempt,
    requests,
    signal,
  }: { begun: Begun; attempt: number; requests: { left: number }; signal: AbortSignal },
): AsyncGenerator<AgentEvent, Answer> {
  const call = { step, attempt };
  const request: ModelRequest = { messages, tools, temperature, maxOutputTokens, requests, call, signal };
  const called = { type: 'model-called', modelId, modelName, ...call } as const;
  try {
    for await (const part of model.stream(request)) {
      for (const event of take(part, begun, { step, progress })) yield event;
    }
    if (!begun.finish)
      throw new AppError('UPSTREAM_FAILED', 'The model stopped in the middle of its answer.', { isRetryable: true });
  } catch (error) {
    if (isRefusedByBudget(error) && begun.spent === null) throw error;
    const usage = await usageOf(request, begun, countTokens);
    yield { ...called, outcome: signal.aborted ? 'CANCELLED' : 'FAILED', usage };
    throw error;
  }
  const { reason } = begun.finish;
  const { text, reasoning } = begun;
  const answer: Answer = { text, reasoning, toolCalls: tools.length > 0 ? begun.toolCalls : [], finish: reason };
  const outcome = isEmpty(answer) ? 'FAILED' : 'COMPLETED';
  yield { ...called, outcome, usage: await usageOf(request, begun, countTokens) };
  if (reason === 'content-filter') throw new AppError('UPSTREAM_REFUSED', 'The model service withheld its answer.');
  if (outcome === 'FAILED') throw new EmptyAnswerError();
  return answer;
}

function fitted({ inputRoom, countTokens }: Candidate, { messages, tools }: Question): Promise<Told> {
  return fitWindow(messages, tools, inputRoom, countTokens);
}

/** Tokenizers differ, and not every window is known: the service has the last word on what is too long. */
function toldLess({ countTokens }: Candidate, { messages, tools }: Question): Promise<Told | null> {
  return shrink(messages, tools, TOLD_AGAIN_SHARE, countTokens);
}

/** As the service says, else an estimate. */
async function usageOf(request: ModelRequest, begun: Begun, countTokens?: CountTokens): Promise<Usage> {
  const { spent, finish } = begun;
  const usage = finish?.usage ?? (await estimateUsage(request, begun, countTokens));
  return spent === null ? usage : addUsage(usage, spent);
}

/** What comes of a part. @throws {AppError} LIMIT_EXCEEDED. */
function take(
  part: ModelPart,
  begun: Begun,
  { step, progress }: Pick<Question, 'step' | 'progress'>,
): readonly AgentEvent[] {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta':
      progress.charsLeft -= part.text.length;
      if (progress.charsLeft < 0)
        throw new AppError('LIMIT_EXCEEDED', `An answer has at most ${MAX_ANSWER_CHARS} characters.`);
      if (part.type === 'text-delta') begun.text += part.text;
      else begun.reasoning += part.text;
      return [part];
    case 'tool-call':
      begun.toolCalls.push(withOwnId(progress, part.call));
      return [];
    case 'tool-mode-changed':
      return beginAgain(begun, part, step);
    case 'text-was-thought':
      return takeForThought(begun, step);
    case 'finish':
      begun.finish = part;
      return [];
  }
}

function beginAgain(
  begun: Begun,
  { type, from, to, spent }: Extract<ModelPart, { type: 'tool-mode-changed' }>,
  step: number,
): readonly AgentEvent[] {
  const isVoid = begun.reasoning !== '';
  begun.reasoning = '';
  if (spent) begun.spent = begun.spent ? addUsage(begun.spent, spent) : spent;
  return isVoid
    ? [
        { type: 'step-reset', step },
        { type, from, to },
      ]
    : [{ type, from, to }];
}

function takeForThought(begun: Begun, step: number): readonly AgentEvent[] {
  if (begun.text === '') return [];
  begun.reasoning += begun.text;
  begun.text = '';
  return [
    { type: 'step-reset', step },
    { type: 'reasoning-delta', text: begun.reasoning },
  ];
}

/** Some services count their calls anew in every answer; in a run each call has an id of its own. */
function withOwnId({ callIds }: Question['progress'], call: ToolCall): ToolCall {
  const id = callIds.has(call.id) ? `${call.id}-${callIds.size + 1}` : call.id;
  callIds.add(id);
  return { ...call, id };
}

/** One that used up its tokens before the first word is not: its finish reason says so, and asking again would not help. */
function isEmpty({ text, toolCalls, finish }: Answer): boolean {
  return text.trim() === '' && toolCalls.length === 0 && (finish === 'stop' || finish === 'tool-calls');
}

/** Then no service was asked, and there is nothing to book. */
function isRefusedByBudget(error: unknown): boolean {
  return error instanceof AppError && error.code === 'BUDGET_EXCEEDED';
}

/** What another service may do better. */
function isUpstreamFailure(error: unknown): error is AppError {
  return error instanceof AppError && error.code.startsWith('UPSTREAM_');
}
