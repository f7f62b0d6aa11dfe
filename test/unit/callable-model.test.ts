import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { findCallableModel } from '../../src/domain/models/callable-model.js';
import { createModel, deleteModel, updateModel } from '../../src/domain/models/models.js';
import { createProvider, updateProvider } from '../../src/domain/models/providers.js';
import { AesKeyVault } from '../../src/infra/crypto/aes-key-vault.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { openRegistry, viewerOf, type Registry } from '../kit/registry.js';

const owner = viewerOf('OWNER');
const SERVICE = { name: 'Ours', baseUrl: 'http://127.0.0.1:8000/v1' };

let documents: Documents;
let registry: Registry;
beforeAll(async () => {
  documents = await openDocuments();
});
afterAll(() => documents.close());
beforeEach(async () => {
  registry = await openRegistry(documents);
});

it('comes with its provider and its key', async () => {
  const provider = await createProvider(registry, owner, { ...SERVICE, apiKey: 'sk-secret' });
  const model = await createModel(registry, owner, { providerId: provider.id, name: 'gpt' });

  const callable = await findCallableModel(registry, model.id);

  expect([callable.model, callable.provider, callable.apiKey?.reveal()]).toEqual([model, provider, 'sk-secret']);
});

it('is MODEL_UNAVAILABLE once it or its provider is disabled or deleted', async () => {
  const { id: providerId } = await createProvider(registry, owner, SERVICE);
  const model = await createModel(registry, owner, { providerId, name: 'gpt' });
  const whyNot = async () =>
    findCallableModel(registry, model.id).then(
      () => null,
      ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
    );
  expect(await whyNot()).toBeNull();

  await updateModel(registry, owner, model.id, { enabled: false }, false);
  expect(await whyNot()).toBe('MODEL_UNAVAILABLE: The model gpt is not in use any more. Choose another one.');
  await updateModel(registry, owner, model.id, { enabled: true }, false);
  await updateProvider(registry, owner, model.providerId, { enabled: false });
  expect(await whyNot()).toBe('MODEL_UNAVAILABLE: The provider Ours is not in use any more. Choose another model.');
  await deleteModel(registry, owner, model.id);
  expect(await whyNot()).toBe('MODEL_UNAVAILABLE: The model does not exist, or was deleted. Choose another one.');
  await expect(findCallableModel(registry, 'nonsense')).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
});

it('is MODEL_UNAVAILABLE where the master secret is another one than when its key was sealed', async () => {
  const provider = await createProvider(registry, owner, { ...SERVICE, apiKey: 'sk-secret' });
  const model = await createModel(registry, owner, { providerId: provider.id, name: 'gpt' });
  const keyVault = new AesKeyVault(new Secret('another master secret, long enough for one'));

  await expect(findCallableModel({ ...registry, keyVault }, model.id)).rejects.toMatchObject({
    code: 'MODEL_UNAVAILABLE',
  });
});
