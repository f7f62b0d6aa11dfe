import { AppError } from '../../base/errors.js';
import type { AgentEvent } from './agent-event.js';
import { Attempt, EmptyAnswerError, type Answer, type Candidate, type Question } from './attempt.js';
import { fitWindow, shrink } from './fit-window.js';

/** Requests to services that one step may cause: retries, other ways to offer tools, and stand-ins together. */
export const MAX_REQUESTS_PER_STEP = 8;

/** What is told again of what a service found too long. */
const TOLD_AGAIN_SHARE = 0.6;

/**
 * Asks the first candidate, and the next one where its service fails, takes too long or refuses. One that ends without an answer is asked once more before
 * that, and one that is told too much is told less. What has been streamed before a failure is void then: `step-reset` says so. Every call of a model ends with `model-called`, failed and cancelled ones too.
 *
 * @throws what the last candidate threw; UPSTREAM_FAILED if it ended without an answer twice; the signal's reason once it aborts; LIMIT_EXCEEDED for an answer without end.
 */
export async function* askModel(
  candidates: readonly Candidate[],
  question: Question,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, Answer> {
  yield { type: 'step-started', step: question.step };
  const attempts = new Attempts(candidates, question, signal);
  for (;;) {
    const attempt = await attempts.next();
    // Each token comes by here: another generator around it would cost as much as all that happens in this one.
    try {
      for await (const part of attempt.ask()) {
        for (const event of attempt.take(part)) yield event;
      }
      attempt.end(null);
    } catch (error) {
      attempt.end(error);
    }
    const called = await attempt.called();
    if (called) yield called;
    try {
      return attempt.answer();
    } catch (error) {
      for (const event of await attempts.goOn(attempt, error)) yield event;
    }
  }
}

/** Who is asked next in a step, and what they are told. */
class Attempts {
  readonly #candidates: readonly Candidate[];
  readonly #question: Question;
  readonly #signal: AbortSignal;
  readonly #requests = { left: MAX_REQUESTS_PER_STEP };
  #attempts = 0;
  #place = 0;
  #emptyAnswers = 0;
  #told: Question['messages'] | null = null;

  constructor(candidates: readonly Candidate[], question: Question, signal: AbortSignal) {
    this.#candidates = candidates;
    this.#question = question;
    this.#signal = signal;
  }

  /** @throws {AppError} MODEL_UNAVAILABLE if there is nobody to ask. */
  async next(): Promise<Attempt> {
    const candidate = this.#candidate();
    this.#told ??= await this.#firstTold(candidate);
    this.#attempts += 1;
    const how = { attempt: this.#attempts, requests: this.#requests, signal: this.#signal };
    return new Attempt(candidate, { ...this.#question, messages: this.#told }, how);
  }

  /** Sees to it that the next attempt is another one. Returns what is to be told of that. @throws the failure, if nothing else can be tried. */
  async goOn(failed: Attempt, error: unknown): Promise<readonly AgentEvent[]> {
    if (this.#signal.aborted || this.#requests.left <= 0 || !isUpstreamFailure(error)) throw error;
    const candidate = this.#candidate();
    const less = error.details.isTooLong ? await this.#toldLess(candidate) : null;
    const isAskedAgain = less !== null || (error instanceof EmptyAnswerError && ++this.#emptyAnswers === 1);
    const next = this.#candidates[this.#place + 1];
    if (!isAskedAgain && !next) throw error;
    const reset: AgentEvent[] = failed.isShown ? [{ type: 'step-reset', step: this.#question.step }] : [];
    this.#told = less ?? this.#told;
    if (isAskedAgain || !next) return reset;
    this.#place += 1;
    this.#told = null;
    this.#emptyAnswers = 0;
    return [...reset, { type: 'model-changed', from: candidate.modelName, to: next.modelName, reason: error.code }];
  }

  #candidate(): Candidate {
    const candidate = this.#candidates[this.#place];
    if (!candidate) throw new AppError('MODEL_UNAVAILABLE', 'There is no model to ask.');
    return candidate;
  }

  /** The first is asked first with what its window was filled with: only later may there be too much. */
  async #firstTold({ inputRoom, countTokens }: Candidate): Promise<Question['messages']> {
    const { messages, tools, step } = this.#question;
    return step <= 1 && this.#place === 0 ? messages : fitWindow(messages, tools, inputRoom, countTokens);
  }

  /** Tokenizers differ, and not every window is known: the service has the last word on what is too long. */
  async #toldLess({ countTokens }: Candidate): Promise<Question['messages'] | null> {
    const { messages, tools } = this.#question;
    return shrink(this.#told ?? messages, tools, TOLD_AGAIN_SHARE, countTokens);
  }
}

/** What another service may do better. */
function isUpstreamFailure(error: unknown): error is AppError {
  return error instanceof AppError && error.code.startsWith('UPSTREAM_');
}
