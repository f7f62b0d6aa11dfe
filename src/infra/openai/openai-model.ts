import type { OpenAI } from 'openai';
import { AppError } from '../../base/errors.js';
import { openedStream, type Opened } from '../../base/opened-stream.js';
import { pause } from '../../base/retry.js';
import type { LanguageModel, ModelPart, ModelRequest } from '../../domain/models/language-model.js';
import type { CallableModel } from '../../domain/models/model.js';
import { adapted, type Dialects } from './dialect.js';
import { Exchange } from './exchange.js';
import { Failures } from './failures.js';
import { PartStream } from './part-stream.js';
import { waitBeforeRetry } from './wait-before-retry.js';
import { toParams } from './wire.js';

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
        waitMs = other ? 0 : waitBeforeAsking(attempt++, request, error);
        if (waitMs === null) throw error;
      }
      await pause(waitMs, signal);
    }
  }

  #send(params: OpenAI.ChatCompletionCreateParamsStreaming, signal: AbortSignal): Promise<Response> {
    return this.#client.chat.completions.create(params, { signal }).asResponse();
  }
}

/** As {@link waitBeforeRetry}; and a refusal of tools is not answered by asking again: who asks must ask in another way. */
function waitBeforeAsking(attempt: number, { tools, requests }: ModelRequest, error: unknown): number | null {
  const hasRefusedTools = error instanceof AppError && error.details.hasRefusedTools === true;
  if (requests.left <= 0 || (tools.length > 0 && hasRefusedTools)) return null;
  return waitBeforeRetry(attempt, error);
}

function noRequestsLeft(): AppError {
  return new AppError('LIMIT_EXCEEDED', 'This step has asked model services as often as a step may.');
}
