import { AppError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import { Secret } from '../../base/secret.js';
import type { Needs } from '../needs.js';
import { isUsable, type CallableModel } from './model.js';

/**
 * A model with its provider and key, fresh from the stores: what an administrator changes counts from the next call.
 *
 * @throws {AppError} MODEL_UNAVAILABLE, saying why, if the model or its provider is deleted, disabled or withdrawn, or the key cannot be read any more.
 */
export async function findCallableModel(
  { models, providers, keyVault }: Pick<Needs, 'models' | 'providers' | 'keyVault'>,
  modelId: string,
): Promise<CallableModel> {
  const model = isId('mod', modelId) ? await models.find(modelId) : null;
  if (!model) throw unavailable('The model does not exist, or was deleted. Choose another one.');
  if (!isUsable(model)) throw unavailable(`The model ${model.displayName} is not in use any more. Choose another one.`);
  const found = await providers.findWithKey(model.providerId);
  if (!found) throw unavailable(`The provider of the model ${model.displayName} was deleted. Choose another model.`);
  const { provider, key } = found;
  if (!isUsable(provider))
    throw unavailable(`The provider ${provider.name} is not in use any more. Choose another model.`);
  return { model, provider, apiKey: key === null ? null : new Secret(keyVault.open(key)) };
}

const unavailable = (message: string): AppError => new AppError('MODEL_UNAVAILABLE', message);
