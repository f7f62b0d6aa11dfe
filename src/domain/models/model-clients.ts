import type { EmbeddingModel } from './embedding-model.js';
import type { LanguageModel } from './language-model.js';
import type { CallableModel, Provider } from './model.js';
import type { Secret } from '../../base/secret.js';

/** What a provider answered when it was asked for its models. */
export type ProviderProbe = {
  /** Milliseconds until the list was there. */
  readonly latencyMs: number;
  /** As the service lists them; at most 1000. */
  readonly modelNames: readonly string[];
};

/** Turns registered models into models that can be talked to. */
export interface ModelClients {
  open(callable: CallableModel): LanguageModel;
  /** @throws {AppError} MODEL_UNAVAILABLE where its provider has none. */
  openEmbedding(callable: CallableModel): EmbeddingModel;
  /** Asks for the list of models. Throws as {@link LanguageModel.stream} does. */
  probe(provider: Provider, apiKey: Secret | null, signal: AbortSignal): Promise<ProviderProbe>;
}
