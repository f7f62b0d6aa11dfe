import { expect, it } from 'vitest';
import type { ProviderStore } from '../../src/domain/models/provider-store.js';
import { providerOf } from '../kit/models.js';

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
