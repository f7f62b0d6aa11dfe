import type { OpenAI } from 'openai';
import { pause } from '../../base/retry.js';
import type { Embedded, EmbeddingModel } from '../../domain/models/embedding-model.js';
import type { CallableModel } from '../../domain/models/model.js';
import { Exchange } from './exchange.js';
import { Failures } from './failures.js';
import { waitBeforeRetry } from './wait-before-retry.js';

/** Numbers of one vector; no model that is in use has more. */
const MAX_DIMENSIONS = 8_192;

type WireEmbeddings = {
  readonly data: readonly { readonly index?: number; readonly embedding: readonly number[] }[];
  readonly usage?: { readonly prompt_tokens?: number | null } | null;
};

/** An embedding model behind a service that speaks the OpenAI API. */
export class OpenAiEmbeddingModel implements EmbeddingModel {
  readonly #client: OpenAI;
  readonly #callable: CallableModel;
  readonly #failures: Failures;

  constructor(client: OpenAI, callable: CallableModel) {
    this.#client = client;
    this.#callable = callable;
    this.#failures = new Failures(callable.apiKey);
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<Embedded> {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      try {
        return this.#read(await this.#ask(texts, signal), texts.length);
      } catch (error) {
        const waitMs = signal.aborted ? null : waitBeforeRetry(attempt, error);
        if (waitMs === null) throw error;
        await pause(waitMs, signal);
      }
    }
  }

  async #ask(texts: readonly string[], signal: AbortSignal): Promise<string> {
    const { model } = this.#callable;
    const exchange = new Exchange(model, this.#failures, signal);
    // The client asks for base64 where nothing is said, which not every service knows.
    const params = { model: model.name, input: [...texts], encoding_format: 'float' as const };
    try {
      return await exchange.text((kill) => this.#client.embeddings.create(params, { signal: kill }).asResponse());
    } finally {
      exchange.close();
    }
  }

  #read(body: string, count: number): Embedded {
    try {
      const { data, usage } = JSON.parse(body) as WireEmbeddings;
      const inOrder = data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
      const vectors = inOrder.map(({ embedding }) => Float32Array.from(embedding));
      const dimensions = vectors[0]?.length ?? 0;
      const isWhole = dimensions > 0 && dimensions <= MAX_DIMENSIONS && vectors.length === count;
      if (!isWhole || vectors.some((vector) => vector.length !== dimensions || !vector.every(Number.isFinite)))
        throw new TypeError('These are not the vectors of the texts.');
      return { vectors, inputTokens: usage?.prompt_tokens ?? null };
    } catch (error) {
      throw this.#failures.ofNonsense(error);
    }
  }
}
