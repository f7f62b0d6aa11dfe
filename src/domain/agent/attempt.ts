import { AppError } from '../../base/errors.js';
import type { CountTokens } from '../models/count-tokens.js';
import type {
  FinishReason,
  LanguageModel,
  ModelMessage,
  ModelPart,
  ModelRequest,
  ToolCall,
  ToolSpec,
} from '../models/language-model.js';
import { addUsage, type Usage } from '../usage/usage.js';
import type { Tool } from '../tools/tool.js';
import type { AgentEvent } from './agent-event.js';
import { estimateUsage } from './estimate-usage.js';

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

type ModelCalled = Extract<AgentEvent, { type: 'model-called' }>;

/** The service says that the model has finished, but it neither wrote nor called anything. That is no answer, and nobody should be shown one. */
export class EmptyAnswerError extends AppError {
  constructor() {
    super('UPSTREAM_FAILED', 'The model ended without an answer.', { isRetryable: true });
  }
}

/** One model that is asked once, and what has come of its answer. */
export class Attempt {
  readonly #candidate: Candidate;
  readonly #progress: Question['progress'];
  readonly #request: ModelRequest;
  readonly #toolCalls: ToolCall[] = [];
  readonly #call: { readonly step: number; readonly attempt: number };
  #text = '';
  #reasoning = '';
  #finish: Extract<ModelPart, { type: 'finish' }> | null = null;
  /** What was taken before the answer was begun again in another way. */
  #spent: Usage | null = null;
  #failure: unknown = null;

  /** @param attempt Counts from 1 in each step. */
  constructor(
    candidate: Candidate,
    { messages, tools, step, progress }: Question,
    { attempt, requests, signal }: { attempt: number } & Pick<ModelRequest, 'requests' | 'signal'>,
  ) {
    const { temperature, maxOutputTokens } = candidate;
    this.#candidate = candidate;
    this.#progress = progress;
    this.#call = { step, attempt };
    this.#request = { messages, tools, temperature, maxOutputTokens, requests, call: this.#call, signal };
  }

  ask(): AsyncIterable<ModelPart> {
    return this.#candidate.model.stream(this.#request);
  }

  /** What comes of a part. @throws {AppError} LIMIT_EXCEEDED. */
  take(part: ModelPart): readonly AgentEvent[] {
    switch (part.type) {
      case 'text-delta':
      case 'reasoning-delta':
        this.#progress.charsLeft -= part.text.length;
        if (this.#progress.charsLeft < 0)
          throw new AppError('LIMIT_EXCEEDED', `An answer has at most ${MAX_ANSWER_CHARS} characters.`);
        if (part.type === 'text-delta') this.#text += part.text;
        else this.#reasoning += part.text;
        return [part];
      case 'tool-call':
        if (part.call.name !== '')
          this.#toolCalls.push(withOwnId(this.#progress, asOffered(this.#request.tools, part.call)));
        return [];
      case 'tool-mode-changed':
        return this.#beginAgain(part);
      case 'text-was-thought':
        return this.#takeForThought();
      case 'finish':
        this.#finish = part;
        return [];
    }
  }

  /** Nothing more comes: it failed if this is not null, and also if there is no whole answer. */
  end(failure: unknown): void {
    this.#failure =
      failure ??
      (this.#finish
        ? null
        : new AppError('UPSTREAM_FAILED', 'The model stopped in the middle of its answer.', { isRetryable: true }));
  }

  /** For the books; null where no service was asked, so that there is nothing to book. */
  async called(): Promise<ModelCalled | null> {
    if (isRefusedByBudget(this.#failure) && this.#spent === null) return null;
    const { modelId, modelName } = this.#candidate;
    const usage = await this.#usage();
    return { type: 'model-called', modelId, modelName, ...this.#call, outcome: this.#outcome(), usage };
  }

  /** @throws what it failed with; {@link EmptyAnswerError}; UPSTREAM_REFUSED for an answer that the service withheld. */
  answer(): Answer {
    const finish = this.#finish?.reason;
    if (this.#failure !== null || finish === undefined) throw this.#failure;
    if (finish === 'content-filter') throw new AppError('UPSTREAM_REFUSED', 'The model service withheld its answer.');
    if (this.#isEmpty()) throw new EmptyAnswerError();
    return { text: this.#text, reasoning: this.#reasoning, toolCalls: this.#offeredCalls(), finish };
  }

  /** Whether anything of it was streamed. */
  get isShown(): boolean {
    return this.#text !== '' || this.#reasoning !== '';
  }

  #outcome(): ModelCalled['outcome'] {
    if (this.#failure === null) return this.#isEmpty() ? 'FAILED' : 'COMPLETED';
    return this.#request.signal.aborted ? 'CANCELLED' : 'FAILED';
  }

  /** As the service says, else an estimate. */
  async #usage(): Promise<Usage> {
    const told = { text: this.#text, reasoning: this.#reasoning, toolCalls: this.#toolCalls };
    const usage = this.#finish?.usage ?? (await estimateUsage(this.#request, told, this.#candidate.countTokens));
    return this.#spent === null ? usage : addUsage(usage, this.#spent);
  }

  /** One that used up its tokens before the first word is not: its finish reason says so, and asking again would not help. */
  #isEmpty(): boolean {
    const reason = this.#finish?.reason;
    const isSilent = this.#text.trim() === '' && this.#offeredCalls().length === 0;
    return isSilent && (reason === 'stop' || reason === 'tool-calls');
  }

  /** Calls of a model that was offered no tools are none. */
  #offeredCalls(): readonly ToolCall[] {
    return this.#request.tools.length > 0 ? this.#toolCalls : [];
  }

  #beginAgain({ type, from, to, spent }: Extract<ModelPart, { type: 'tool-mode-changed' }>): readonly AgentEvent[] {
    const isVoid = this.#reasoning !== '';
    this.#reasoning = '';
    if (spent) this.#spent = this.#spent ? addUsage(this.#spent, spent) : spent;
    const changed = { type, from, to };
    return isVoid ? [{ type: 'step-reset', step: this.#call.step }, changed] : [changed];
  }

  #takeForThought(): readonly AgentEvent[] {
    if (this.#text === '') return [];
    this.#reasoning += this.#text;
    this.#text = '';
    return [
      { type: 'step-reset', step: this.#call.step },
      { type: 'reasoning-delta', text: this.#reasoning },
    ];
  }
}

/** Some models write blanks around the name of a tool, or before it that of a room in which their template keeps tools: `functions.time_now`. */
function asOffered(tools: readonly ToolSpec[], call: ToolCall): ToolCall {
  const isOffered = (name: string) => tools.some((tool) => tool.name === name);
  const bare = call.name.trim().replace(/^.*[.:/]/s, '');
  return !isOffered(call.name) && isOffered(bare) ? { ...call, name: bare } : call;
}

/** Some services count their calls anew in every answer; in a run each call has an id of its own. */
function withOwnId({ callIds }: Question['progress'], call: ToolCall): ToolCall {
  const id = callIds.has(call.id) ? `${call.id}-${callIds.size + 1}` : call.id;
  callIds.add(id);
  return { ...call, id };
}

function isRefusedByBudget(error: unknown): boolean {
  return error instanceof AppError && error.code === 'BUDGET_EXCEEDED';
}
