import type { LanguageModel } from './language-model.js';
import type { CallableModel, Provider } from './model.js';
import type { Secret } from '../../base/secret.js';

/** What a provider answered when it was tried. */
export type ProviderProbe = {
  readonly latencyMs: number;
  /** As the service lists them. */ readonly modelNames: readonly string[];
};

/** Turns registered models into models that can be talked to. */
export interface ModelClients {
  open(callable: CallableModel): LanguageModel;
  /** Asks for the list of models. Throws as {@link LanguageModel.stream} does. */
  probe(provider: Provider, apiKey: Secret | null, signal: AbortSignal): Promise<ProviderProbe>;
}
