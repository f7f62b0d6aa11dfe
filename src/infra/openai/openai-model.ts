import type { OpenAI } from 'openai';
import { AppError } from '../../base/errors.js';
import { openedStream, type Opened } from '../../base/opened-stream.js';
import { backoffMs, pause } from '../../base/retry.js';
import type { LanguageModel, ModelPart, ModelRequest } from '../../domain/models/language-model.js';
import type { CallableModel } from '../../domain/models/model.js';
import { adapted, type Dialects } from './dialect.js';
import { Exchange } from './exchange.js';
import { Failures } from './failures.js';
import { PartStream } from './part-stream.js';
import { toParams } from './wire.js';

/** Times that a request is sent again, as long as nothing of an answer has come. */
const MAX_RETRIES = 2;

/** Longest wait, in milliseconds, that a service may ask for by Retry-After; where it asks for more, the user is told instead. */
const MAX_RETRY_AFTER_MS = 10_000;

/** A model behind a service that speaks the OpenAI API. */
export class OpenAiModel implements LanguageModel {
  readonly #client: OpenAI;
  readonly #callable: CallableModel;
  readonly #dialects: Dialects;
  readonly #failures: Failures;

  constructor(client: OpenAI, callable: CallableModel, dialects: Dialects) {
    this.#client = client;
    this.#callable = callable;
    this.#dialects = dialects;
    this.#failures = new Failures(callable.apiKey);
  }

  stream(request: ModelRequest): AsyncIterable<ModelPart> {
    return openedStream(() => this.#begin(request));
  }

  /** Asks until the first part of an answer has come: only until then may it be asked again. */
  async #begin(request: ModelRequest): Promise<Opened<ModelPart>> {
    const { model } = this.#callable;
    const { signal, requests } = request;
    signal.throwIfAborted();
    let dialect = this.#dialects.of(this.#callable);
    let isAdapted = false;
    for (let attempt = 1; ;) {
      if (requests.left <= 0) throw noRequestsLeft();
      requests.left--;
      const params = toParams(model.name, request, dialect);
      const exchange = new Exchange(model, this.#failures, signal);
      let waitMs: number | null;
      try {
        const source = await exchange.stream((kill) => this.#send(params, kill));
        const rest = new PartStream(source, exchange);
        const first = await rest.next();
        if (isAdapted) this.#dialects.remember(this.#callable, dialect);
        return { first, rest };
      } catch (error) {
        exchange.close();
        if (signal.aborted) throw error;
        const other = requests.left > 0 ? adapted(dialect, params, error) : null;
        if (other) [dialect, isAdapted] = [other, true];
        waitMs = other ? 0 : waitBeforeRetry(attempt++, request, error);
        if (waitMs === null) throw error;
      }
      await pause(waitMs, signal);
    }
  }

  #send(params: OpenAI.ChatCompletionCreateParamsStreaming, signal: AbortSignal): Promise<Response> {
    return this.#client.chat.completions.create(params, { signal }).asResponse();
  }
}

/**
 * Milliseconds until the request is sent again; null if it is not. Silence is not answered by asking again, since the user has waited long enough,
 * and neither is a refusal of tools: who asks must ask in another way.
 */
function waitBeforeRetry(attempt: number, { tools, requests }: ModelRequest, error: unknown): number | null {
  if (attempt > MAX_RETRIES || requests.left <= 0 || !(error instanceof AppError)) return null;
  if (error.code !== 'UPSTREAM_FAILED' && error.code !== 'UPSTREAM_RATE_LIMITED') return null;
  const { retryAfterMs = 0, hasRefusedTools = false } = error.details;
  if (tools.length > 0 && hasRefusedTools) return null;
  return retryAfterMs > MAX_RETRY_AFTER_MS ? null : retryAfterMs + backoffMs(attempt, { baseMs: 500 });
}

function noRequestsLeft(): AppError {
  return new AppError('LIMIT_EXCEEDED', 'This step has asked model services as often as a step may.');
}
