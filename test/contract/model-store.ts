import { expect, it } from 'vitest';
import type { ModelStore, ProviderStore } from '../../src/domain/models/model-store.js';
import { modelOf, providerOf } from '../kit/models.js';

/** What every ProviderStore must do. `open` gives an empty one. */
export function describeProviderStore(open: () => Promise<ProviderStore>): void {
  it('finds a provider by id, alone or among others, and lists all by name', async () => {
    const store = await open();
    const [second, first] = [providerOf({ name: 'vLLM' }), providerOf({ name: 'DeepSeek', preset: 'DEEPSEEK' })];

    expect(await store.insert(second, null)).toBe(true);
    expect(await store.insert(first, null)).toBe(true);

    expect(await store.find(first.id)).toEqual(first);
    expect(await store.find('prov_nothing')).toBeNull();
    expect(await store.findMany([second.id, 'prov_nothing'])).toEqual([second]);
    expect(await store.list()).toEqual([first, second]);
  });

  it('gives a key only to who asks for it by name', async () => {
    const store = await open();
    const provider = providerOf({ hasApiKey: true });
    await store.insert(provider, 'sealed');

    expect(await store.findWithKey(provider.id)).toEqual({ provider, key: 'sealed' });
    expect(await store.findWithKey('prov_nothing')).toBeNull();
    const shown = [await store.find(provider.id), await store.findMany([provider.id]), await store.list()];
    expect(JSON.stringify(shown)).not.toContain('sealed');
  });

  it('leaves the key, replaces it or takes it away', async () => {
    const store = await open();
    const provider = providerOf({ hasApiKey: true });
    await store.insert(provider, 'first');

    await store.update(provider.id, { name: 'Renamed', isEnabled: false, isWithdrawn: true, baseUrl: 'http://b/v1' });
    const changed = { ...provider, name: 'Renamed', isEnabled: false, isWithdrawn: true, baseUrl: 'http://b/v1' };
    expect(await store.findWithKey(provider.id)).toEqual({ provider: changed, key: 'first' });

    await store.update(provider.id, {}, 'second');
    expect(await store.findWithKey(provider.id)).toEqual({ provider: changed, key: 'second' });

    await store.update(provider.id, {}, null);
    expect(await store.findWithKey(provider.id)).toEqual({ provider: { ...changed, hasApiKey: false }, key: null });
  });

  it('gives a name, and a preset, to one provider only', async () => {
    const store = await open();
    const [a, b] = [providerOf({ name: 'A', preset: 'OPENAI' }), providerOf({ name: 'B' })];
    await store.insert(a, null);
    await store.insert(b, null);

    expect(await store.insert(providerOf({ name: 'A' }), null)).toBe(false);
    expect(await store.insert(providerOf({ name: 'C', preset: 'OPENAI' }), null)).toBe(false);
    expect(await store.update(b.id, { name: 'A' })).toBe(false);
    expect(await store.list()).toEqual([a, b]);
  });

  it('forgets what is deleted', async () => {
    const store = await open();
    const [kept, gone] = [providerOf(), providerOf()];
    await store.insert(kept, null);
    await store.insert(gone, null);

    await store.delete(gone.id);

    expect(await store.list()).toEqual([kept]);
    expect(await store.update(gone.id, { name: 'Back' })).toBe(true);
    expect(await store.list()).toEqual([kept]);
  });
}

/** What every ModelStore must do. `open` gives an empty one. */
export function describeModelStore(open: () => Promise<ModelStore>): void {
  const [providerId, otherId] = ['prov_one', 'prov_two'];

  it('finds a model by id, alone or among others, and lists all, or those of providers, by display name', async () => {
    const store = await open();
    const b = modelOf({ providerId, displayName: 'B', contextWindow: 4096, inputPrice: 0.5, temperature: 0 });
    const a = modelOf({ providerId: otherId, displayName: 'A', preset: 'VLLM', detectedToolMode: 'REACT' });

    expect(await store.insert(b)).toBe(true);
    expect(await store.insert(a)).toBe(true);

    expect(await store.find(b.id)).toEqual(b);
    expect(await store.find('mod_nothing')).toBeNull();
    expect(await store.findMany([a.id, 'mod_nothing'])).toEqual([a]);
    expect(await store.list()).toEqual([a, b]);
    expect(await store.listOfProviders([providerId])).toEqual([b]);
    expect(await store.listOfProviders([providerId, otherId])).toEqual([a, b]);
  });

  it('gives a name to one model of a provider only', async () => {
    const store = await open();
    const [first, second] = [modelOf({ providerId, name: 'gpt' }), modelOf({ providerId, name: 'other' })];
    await store.insert(first);
    await store.insert(second);

    expect(await store.insert(modelOf({ providerId, name: 'gpt' }))).toBe(false);
    expect(await store.update(second.id, { name: 'gpt' })).toBe(false);
    expect(await store.insert(modelOf({ providerId: otherId, name: 'gpt' }))).toBe(true);
    expect(await store.listOfProviders([providerId])).toHaveLength(2);
  });

  it('changes what is named, and of that model only', async () => {
    const store = await open();
    const [changed, untouched] = [modelOf({ providerId, displayName: 'A' }), modelOf({ providerId, displayName: 'B' })];
    await store.insert(changed);
    await store.insert(untouched);

    expect(await store.update(changed.id, { isEnabled: false, outputPrice: 2, detectedToolMode: 'FUNCTIONS' })).toBe(
      true,
    );

    expect(await store.list()).toEqual([
      { ...changed, isEnabled: false, outputPrice: 2, detectedToolMode: 'FUNCTIONS' },
      untouched,
    ]);
  });

  it('has one default of each kind: the last that was chosen', async () => {
    const store = await open();
    const [one, two] = [modelOf({ providerId }), modelOf({ providerId })];
    const embedding = modelOf({ providerId, kind: 'EMBEDDING' });
    for (const model of [one, two, embedding]) await store.insert(model);
    expect(await store.findDefault('CHAT')).toBeNull();

    await store.setDefault(one.id, 'CHAT');
    await store.setDefault(embedding.id, 'EMBEDDING');
    await store.setDefault(two.id, 'CHAT');

    expect(await store.findDefault('CHAT')).toEqual(two);
    expect(await store.findDefault('EMBEDDING')).toEqual(embedding);
  });

  it('forgets what is deleted, the default too', async () => {
    const store = await open();
    const [kept, gone, others] = [modelOf({ providerId }), modelOf({ providerId }), modelOf({ providerId: otherId })];
    for (const model of [kept, gone, others]) await store.insert(model);
    await store.setDefault(gone.id, 'CHAT');

    await store.delete(gone.id);
    await store.deleteOfProvider(otherId);

    expect(await store.list()).toEqual([kept]);
    expect(await store.findDefault('CHAT')).toBeNull();
  });
}
