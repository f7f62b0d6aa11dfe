import { expect, it } from 'vitest';
import type { ModelStore } from '../../src/domain/models/model-store.js';
import { modelOf } from '../kit/models.js';

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
