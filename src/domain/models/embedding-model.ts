/** The vectors of some texts, and what they took. */
export type Embedded = {
  /** In the order of the texts, all of one length. Not normalised. */
  readonly vectors: readonly Float32Array[];
  /** Tokens, as the service counts them; null where it did not say. */
  readonly inputTokens: number | null;
};

/**
 * A model that turns texts into vectors, of which those that mean nearly the same are near one another.
 *
 * `embed` throws the signal's reason promptly when it aborts, and a failure of the service as `LanguageModel.stream` does. Retries are its own affair.
 */
export interface EmbeddingModel {
  /** @param texts At most {@link MAX_TEXTS_PER_CALL}, none of them empty. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Embedded>;
}

export const MAX_TEXTS_PER_CALL = 32;
