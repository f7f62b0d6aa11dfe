import type { Needs } from '../needs.js';
import type { Model } from './model.js';

/** A model as it is before anybody has said how to use it. It is not stored. */
export function newModel(
  { settings, clock, newId }: Pick<Needs, 'settings' | 'clock' | 'newId'>,
  { providerId, name, kind }: Pick<Model, 'providerId' | 'name' | 'kind'>,
): Model {
  return {
    id: newId('mod'),
    providerId,
    name,
    kind,
    displayName: name.slice(0, 100).toWellFormed(),
    isEnabled: true,
    toolMode: 'AUTO',
    detectedToolMode: null,
    fallbackModelIds: [],
    contextWindow: null,
    maxOutputTokens: null,
    temperature: null,
    firstByteTimeoutMs: settings.models.firstByteTimeoutMs,
    idleTimeoutMs: settings.models.idleTimeoutMs,
    inputPrice: null,
    outputPrice: null,
    preset: null,
    isWithdrawn: false,
    createdAt: clock.now(),
  };
}
