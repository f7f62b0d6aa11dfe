import { AppError, InvalidInputError, NotFoundError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import type { Needs } from '../needs.js';
import { requireAdministrator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';
import { ensureDefault, offerAsDefault } from './default-model.js';
import { isUsable, type Model } from './model.js';
import { checked, modelChangesSchema, newModelSchema, type ModelInput, type NewModel } from './model-input.js';
import { newModel } from './new-model.js';
import { findProvider } from './providers.js';

type Registry = Pick<Needs, 'providers' | 'models'>;

/** By display name; everybody who is signed in may see them. */
export function listModels({ models }: Pick<Needs, 'models'>): Promise<Model[]> {
  return models.list();
}

/**
 * Registers a model of a provider. Administrators only; the service is not contacted. It becomes the default of its kind if there is none but the demo.
 *
 * @throws {AppError} FORBIDDEN; INVALID_INPUT; NOT_FOUND for the provider; CONFLICT if it has a model of that name.
 */
export async function createModel(
  needs: Registry & Pick<Needs, 'settings' | 'clock' | 'newId'>,
  viewer: Viewer,
  input: NewModel,
): Promise<Model> {
  requireAdministrator(viewer);
  const { providerId, name, kind, ...settings } = checked(newModelSchema, input);
  await findProvider(needs, providerId);
  await checkFallbacks(needs, settings.fallbackModelIds);
  const model: Model = { ...newModel(needs, { providerId, name, kind }), ...settings };
  if (!(await needs.models.insert(model))) throw nameTaken();
  await dropIfOrphaned(needs, model);
  await offerAsDefault(needs, model);
  return model;
}

/**
 * Changes what is given and leaves the rest. Administrators only. Another tool mode, or another name, forgets what AUTO has found out.
 *
 * @param makeDefault True makes it the default of its kind.
 * @throws {AppError} FORBIDDEN; NOT_FOUND; INVALID_INPUT; CONFLICT if the provider has a model of the new name, or the environment decides the name.
 */
export async function updateModel(
  needs: Registry,
  viewer: Viewer,
  id: string,
  input: ModelInput,
  makeDefault: boolean,
): Promise<Model> {
  requireAdministrator(viewer);
  const { enabled: isEnabled, ...rest } = checked(modelChangesSchema, input);
  const changes = { ...rest, ...(isEnabled === undefined ? {} : { isEnabled }) };
  const model = await findModel(needs, id);
  if (model.preset !== null && changes.name !== undefined && changes.name !== model.name) {
    throw new AppError('CONFLICT', 'The environment of the server names this model.', { field: 'name' });
  }
  await checkFallbacks(needs, changes.fallbackModelIds);
  if (makeDefault) await requireUsable(needs, { ...model, ...changes });
  const isAnother = changes.name !== undefined && changes.name !== model.name;
  const forget = changes.toolMode === undefined && !isAnother ? {} : { detectedToolMode: null };
  if (!(await needs.models.update(id, { ...changes, ...forget }))) throw nameTaken();
  if (makeDefault) await needs.models.setDefault(id, model.kind);
  await ensureDefault(needs, model.kind);
  return findModel(needs, id);
}

/**
 * Deletes a model for good. Administrators only. Conversations with it can be read, but not continued.
 *
 * @throws {AppError} FORBIDDEN; NOT_FOUND; CONFLICT if the environment names it, since it would be back at the next start.
 */
export async function deleteModel(needs: Registry, viewer: Viewer, id: string): Promise<void> {
  requireAdministrator(viewer);
  const model = await findModel(needs, id);
  if (model.preset !== null && !model.isWithdrawn && !(await findProvider(needs, model.providerId)).isWithdrawn) {
    throw new AppError('CONFLICT', 'The environment of the server names this model; you can disable it.');
  }
  await needs.models.delete(id);
  await ensureDefault(needs, model.kind);
}

/** @throws {InvalidInputError} unless all of them chat. */
async function checkFallbacks({ models }: Pick<Needs, 'models'>, ids: readonly string[] = []): Promise<void> {
  const found = await models.findMany(ids.filter((id) => isId('mod', id)));
  const isEach = ids.every((id) => found.some((model) => model.id === id && model.kind === 'CHAT'));
  if (!isEach) throw new InvalidInputError('fallbackModelIds', 'Only models that chat can stand in.');
}

async function findModel({ models }: Pick<Needs, 'models'>, id: string): Promise<Model> {
  const model = isId('mod', id) ? await models.find(id) : null;
  if (!model) throw new NotFoundError('model');
  return model;
}

async function requireUsable(needs: Registry, model: Model): Promise<void> {
  const provider = await findProvider(needs, model.providerId);
  if (!isUsable(model) || !isUsable(provider)) {
    throw new InvalidInputError('isDefault', 'Only a model that can be used can be the default.');
  }
}

/** Its provider may have been deleted, with all its models, while this one was being added. */
async function dropIfOrphaned(needs: Registry, model: Model): Promise<void> {
  if (await needs.providers.find(model.providerId)) return;
  await needs.models.delete(model.id);
  throw new NotFoundError('provider');
}

const nameTaken = (): AppError =>
  new AppError('CONFLICT', 'The provider has a model of this name already.', { field: 'name' });
