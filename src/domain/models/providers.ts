import { AppError, InvalidInputError, NotFoundError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import type { Needs } from '../needs.js';
import { requireAdministrator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';
import { ensureDefault } from './default-model.js';
import type { Provider } from './model.js';
import {
  checked,
  newProviderSchema,
  providerChangesSchema,
  type NewProvider,
  type ProviderInput,
} from './model-input.js';

type Registry = Pick<Needs, 'providers' | 'models' | 'keyVault'>;

/** By name. Administrators only. */
export function listProviders({ providers }: Pick<Needs, 'providers'>, viewer: Viewer): Promise<Provider[]> {
  requireAdministrator(viewer);
  return providers.list();
}

/**
 * Registers a service. Administrators only; the service is not contacted.
 *
 * @throws {AppError} FORBIDDEN; INVALID_INPUT; CONFLICT if the name is taken.
 */
export async function createProvider(
  needs: Registry & Pick<Needs, 'clock' | 'newId'>,
  viewer: Viewer,
  input: NewProvider,
): Promise<Provider> {
  requireAdministrator(viewer);
  const { name, baseUrl, apiKey = null } = checked(newProviderSchema, input);
  const provider: Provider = {
    id: needs.newId('prov'),
    name,
    protocol: 'OPENAI',
    baseUrl,
    hasApiKey: apiKey !== null,
    isEnabled: true,
    preset: null,
    isWithdrawn: false,
    createdAt: needs.clock.now(),
  };
  const isInserted = await needs.providers.insert(provider, apiKey === null ? null : needs.keyVault.seal(apiKey));
  if (!isInserted) throw nameTaken();
  return provider;
}

/**
 * Changes what is given and leaves the rest. Administrators only. A key is never sent to another host than the one it was given for:
 * who changes the address must give the key again, or take it away. Another address forgets what AUTO has found out about the tools of its models.
 *
 * @throws {AppError} FORBIDDEN; NOT_FOUND; INVALID_INPUT; CONFLICT if the name is taken, or the environment decides what was to be changed.
 */
export async function updateProvider(
  needs: Registry,
  viewer: Viewer,
  id: string,
  input: ProviderInput,
): Promise<Provider> {
  requireAdministrator(viewer);
  const { apiKey, enabled: isEnabled, ...rest } = checked(providerChangesSchema, input);
  const changes = { ...rest, ...(isEnabled === undefined ? {} : { isEnabled }) };
  const provider = await findProvider(needs, id);
  if (provider.preset !== null && (changes.baseUrl !== undefined || apiKey !== undefined)) throw setByEnvironment();
  const { baseUrl = provider.baseUrl } = changes;
  if (provider.hasApiKey && apiKey === undefined && originOf(baseUrl) !== originOf(provider.baseUrl)) {
    throw new InvalidInputError(
      'apiKey',
      'Give the key again: it is not sent to another host than the one it was for.',
    );
  }
  const key = apiKey === undefined || apiKey === null ? apiKey : needs.keyVault.seal(apiKey);
  if (!(await needs.providers.update(id, changes, key))) throw nameTaken();
  if (baseUrl !== provider.baseUrl) await forgetToolModes(needs, id);
  await ensureDefaults(needs);
  return findProvider(needs, id);
}

/**
 * Deletes a provider with all its models, for good. Administrators only. Conversations with them can be read, but not continued.
 *
 * @throws {AppError} FORBIDDEN; NOT_FOUND; CONFLICT if the environment names it, since it would be back at the next start.
 */
export async function deleteProvider(needs: Registry, viewer: Viewer, id: string): Promise<void> {
  requireAdministrator(viewer);
  const provider = await findProvider(needs, id);
  if (provider.preset !== null && !provider.isWithdrawn) throw setByEnvironment();
  await needs.models.deleteOfProvider(id);
  await needs.providers.delete(id);
  await ensureDefaults(needs);
}

/** @throws {NotFoundError} */
export async function findProvider({ providers }: Pick<Needs, 'providers'>, id: string): Promise<Provider> {
  const provider = isId('prov', id) ? await providers.find(id) : null;
  if (!provider) throw new NotFoundError('provider');
  return provider;
}

/** Another service may take tools in another way. */
async function forgetToolModes({ models }: Pick<Needs, 'models'>, providerId: string): Promise<void> {
  const registered = await models.listOfProviders([providerId]);
  await Promise.all(registered.map(({ id }) => models.update(id, { detectedToolMode: null })));
}

async function ensureDefaults(needs: Pick<Needs, 'models' | 'providers'>): Promise<void> {
  await ensureDefault(needs, 'CHAT');
  await ensureDefault(needs, 'EMBEDDING');
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url);

const nameTaken = (): AppError => new AppError('CONFLICT', 'There is a provider of this name.', { field: 'name' });

const setByEnvironment = (): AppError =>
  new AppError('CONFLICT', 'The environment of the server decides this: change it there, and start again.');
