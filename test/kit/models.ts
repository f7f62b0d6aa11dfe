import { newId } from '../../src/base/ids.js';
import type { Model, Provider } from '../../src/domain/models/model.js';

/** A provider that an administrator could have made, with a name of its own. */
export function providerOf(more: Partial<Provider> = {}): Provider {
  const id = newId('prov');
  return {
    id,
    name: `Provider ${id}`,
    protocol: 'OPENAI',
    baseUrl: 'http://127.0.0.1:8000/v1',
    hasApiKey: false,
    isEnabled: true,
    preset: null,
    isWithdrawn: false,
    createdAt: new Date('2026-01-02T03:04:05.678Z'),
    ...more,
  };
}

/** A chat model that an administrator could have made, with a name of its own. */
export function modelOf(more: Partial<Model> & Pick<Model, 'providerId'>): Model {
  const id = newId('mod');
  return {
    id,
    name: id,
    displayName: `Model ${id}`,
    kind: 'CHAT',
    isEnabled: true,
    toolMode: 'AUTO',
    detectedToolMode: null,
    fallbackModelIds: [],
    contextWindow: null,
    maxOutputTokens: null,
    temperature: null,
    firstByteTimeoutMs: 120_000,
    idleTimeoutMs: 60_000,
    inputPrice: null,
    outputPrice: null,
    preset: null,
    isWithdrawn: false,
    createdAt: new Date('2026-01-02T03:04:05.678Z'),
    ...more,
  };
}
