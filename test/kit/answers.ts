import { Secret } from '../../src/base/secret.js';
import type {
  LanguageModel,
  ModelMessage,
  ModelPart,
  ModelRequest,
  ToolCall,
} from '../../src/domain/models/language-model.js';
import type { Model } from '../../src/domain/models/model.js';
import { createModelClients } from '../../src/infra/model-clients.js';
import { modelOf, providerOf } from './models.js';

/** A whole answer of a model. */
export type Answer = {
  text: string;
  reasoning: string;
  readonly toolCalls: ToolCall[];
  finish: Omit<Extract<ModelPart, { type: 'finish' }>, 'type'> | null;
};

/** Puts the parts of an answer together; `onPart` sees each as it comes. */
export async function collect(
  parts: AsyncIterable<ModelPart>,
  onPart: (part: ModelPart) => void = () => {},
): Promise<Answer> {
  const answer: Answer = { text: '', reasoning: '', toolCalls: [], finish: null };
  for await (const part of parts) {
    onPart(part);
    switch (part.type) {
      case 'text-delta':
        answer.text += part.text;
        break;
      case 'reasoning-delta':
        answer.reasoning += part.text;
        break;
      case 'tool-call':
        answer.toolCalls.push(part.call);
        break;
      case 'finish':
        answer.finish = { reason: part.reason, usage: part.usage };
    }
  }
  return answer;
}

/** A request that says `messages`, or one thing as the user. */
export function requestOf(messages: string | readonly ModelMessage[], more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    messages: typeof messages === 'string' ? [{ role: 'user', text: messages }] : messages,
    tools: [],
    temperature: null,
    maxOutputTokens: null,
    requests: { left: 8 },
    signal: new AbortController().signal,
    ...more,
  };
}

export const TEST_KEY = 'sk-test-0123456789abcdef';

/** The model `fake-1` of a service that speaks the OpenAI API, as the house opens it. */
export function openAiModelAt(baseUrl: string, more: Partial<Model> = {}): LanguageModel {
  const provider = providerOf({ baseUrl, hasApiKey: true });
  const model = modelOf({ providerId: provider.id, name: 'fake-1', ...more });
  return createModelClients().open({ model, provider, apiKey: new Secret(TEST_KEY) });
}
