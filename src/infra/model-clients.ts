import { AppError } from '../base/errors.js';
import type { ModelClients } from '../domain/models/model-clients.js';
import type { ProviderProtocol } from '../domain/models/model.js';
import { DEMO_MODEL_NAME, demoModel } from './demo/demo-model.js';
import { Dialects } from './openai/dialect.js';
import { OpenAiClients, probeOpenAi } from './openai/openai-client.js';
import { OpenAiEmbeddingModel } from './openai/openai-embedding-model.js';
import { OpenAiModel } from './openai/openai-model.js';

/** Models that can be talked to, whatever their providers speak. */
export function createModelClients(): ModelClients {
  const byProtocol = clientsByProtocol(new OpenAiClients(), new Dialects());
  return {
    open: (callable) => byProtocol[callable.provider.protocol].open(callable),
    openEmbedding: (callable) => byProtocol[callable.provider.protocol].openEmbedding(callable),
    probe: (provider, apiKey, signal) => byProtocol[provider.protocol].probe(provider, apiKey, signal),
  };
}

/** A new protocol is a line here. */
function clientsByProtocol(
  clients: OpenAiClients,
  dialects: Dialects,
): Readonly<Record<ProviderProtocol, ModelClients>> {
  return {
    OPENAI: {
      open: (callable) => new OpenAiModel(clients.of(callable.provider, callable.apiKey), callable, dialects),
      openEmbedding: (callable) => new OpenAiEmbeddingModel(clients.of(callable.provider, callable.apiKey), callable),
      probe: probeOpenAi,
    },
    DEMO: {
      open: () => demoModel,
      openEmbedding() {
        throw new AppError('MODEL_UNAVAILABLE', 'The demo has no vectors.');
      },
      probe: () => Promise.resolve({ latencyMs: 0, modelNames: [DEMO_MODEL_NAME] }),
    },
  };
}
