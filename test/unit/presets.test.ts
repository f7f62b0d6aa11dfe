import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { findCallableModel } from '../../src/domain/models/callable-model.js';
import { PRESETS, type PresetSettings } from '../../src/domain/models/presets.js';
import { createModel, deleteModel, updateModel } from '../../src/domain/models/models.js';
import { createProvider, deleteProvider, updateProvider } from '../../src/domain/models/providers.js';
import { reconcilePresets } from '../../src/domain/models/reconcile-presets.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { openRegistry, viewerOf, type Registry } from '../kit/registry.js';

const owner = viewerOf('OWNER');

const VLLM: PresetSettings = {
  preset: 'VLLM',
  apiKey: null,
  baseUrl: 'http://gpu:8000/v1',
  modelNames: ['gpt-oss-20b'],
  maxOutputTokens: 1_000,
  temperature: 0.7,
};
const DEEPSEEK: PresetSettings = {
  preset: 'DEEPSEEK',
  apiKey: new Secret('sk-deepseek'),
  baseUrl: 'https://api.deepseek.com/v1',
  modelNames: [],
  maxOutputTokens: null,
  temperature: null,
};

let documents: Documents;
let registry: Registry;
beforeAll(async () => {
  documents = await openDocuments();
});
afterAll(() => documents.close());
beforeEach(async () => {
  registry = await openRegistry(documents);
});

const start = (...presets: PresetSettings[]) => reconcilePresets(registry, presets);
const providerOf = async (preset: string) => (await registry.providers.list()).find((each) => each.preset === preset)!;
const modelNamed = async (name: string) => (await registry.models.list()).find((each) => each.name === name)!;
const nameOfDefault = async () => (await registry.models.findDefault('CHAT'))?.name;

describe('with nothing configured', () => {
  it('there is the demo, and it is the default', async () => {
    await start();

    expect(await registry.providers.list()).toMatchObject([{ preset: 'DEMO', protocol: 'DEMO', isEnabled: true }]);
    expect(await nameOfDefault()).toBe('demo');
  });

  it('the demo is there to talk to even where an administrator had disabled it', async () => {
    await start();
    await updateProvider(registry, owner, (await providerOf('DEMO')).id, { enabled: false });
    await start();

    const chosen = await registry.models.findDefault('CHAT');

    expect((await findCallableModel(registry, chosen?.id ?? '')).model.name).toBe('demo');
  });
});

describe('a preset', () => {
  it('is added with what the environment says, and is the default in place of the demo', async () => {
    await start();
    await start(VLLM);

    expect(await providerOf('VLLM')).toMatchObject({ name: 'vLLM', baseUrl: 'http://gpu:8000/v1', hasApiKey: false });
    expect(await modelNamed('gpt-oss-20b')).toMatchObject({
      kind: 'CHAT',
      maxOutputTokens: 1_000,
      temperature: 0.7,
      firstByteTimeoutMs: 120_000,
      preset: 'VLLM',
    });
    expect(await nameOfDefault()).toBe('gpt-oss-20b');
  });

  it('with a key alone has the models of its row, and keeps the key sealed', async () => {
    await start(DEEPSEEK);

    const { id, hasApiKey } = await providerOf('DEEPSEEK');
    const models = await registry.models.listOfProviders([id]);
    const row = PRESETS.find(({ preset }) => preset === 'DEEPSEEK');
    expect(hasApiKey).toBe(true);
    expect(models.map(({ name }) => name)).toEqual(row?.models.map(({ name }) => name));
    expect((await registry.providers.findWithKey(id))?.key).not.toContain('sk-deepseek');
    expect((await findCallableModel(registry, models[0]?.id ?? '')).apiKey?.reveal()).toBe('sk-deepseek');
  });

  it('follows the environment, and leaves alone what an administrator decided', async () => {
    await start(VLLM);
    const before = await modelNamed('gpt-oss-20b');
    await updateModel(registry, owner, before.id, { displayName: 'Ours', inputPrice: 1, temperature: 0.1 }, false);

    await start({ ...VLLM, baseUrl: 'http://gpu2:8000/v1', temperature: 0.3 });

    expect(await providerOf('VLLM')).toMatchObject({ baseUrl: 'http://gpu2:8000/v1' });
    expect(await modelNamed('gpt-oss-20b')).toEqual({
      ...before,
      displayName: 'Ours',
      inputPrice: 1,
      temperature: 0.3,
    });
  });

  it('stays disabled where an administrator disabled it', async () => {
    await start(VLLM, DEEPSEEK);
    await updateProvider(registry, owner, (await providerOf('VLLM')).id, { enabled: false });
    await start(VLLM, DEEPSEEK);

    expect(await providerOf('VLLM')).toMatchObject({ isEnabled: false });
    expect(await nameOfDefault()).toBe('deepseek-chat');
  });

  it('that is gone cannot be used, and its key is forgotten; when it comes back it is the same one', async () => {
    await start(DEEPSEEK);
    const [provider, model] = [await providerOf('DEEPSEEK'), await modelNamed('deepseek-chat')];
    expect(await nameOfDefault()).toBe('deepseek-chat');

    await start();
    expect(await providerOf('DEEPSEEK')).toEqual({ ...provider, hasApiKey: false, isWithdrawn: true });
    expect(await nameOfDefault()).toBe('demo');
    await expect(findCallableModel(registry, model.id)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });

    await start(DEEPSEEK);
    expect(await providerOf('DEEPSEEK')).toEqual(provider);
    expect((await findCallableModel(registry, model.id)).apiKey?.reveal()).toBe('sk-deepseek');
    expect(await nameOfDefault()).toBe('deepseek-chat');
  });

  it('whose model is another one now withdraws the old one', async () => {
    await start(VLLM);
    await start({ ...VLLM, modelNames: ['qwen3'] });

    expect(await modelNamed('gpt-oss-20b')).toMatchObject({ isWithdrawn: true });
    expect(await modelNamed('qwen3')).toMatchObject({ isWithdrawn: false });
    expect(await nameOfDefault()).toBe('qwen3');
  });

  it('is added once, by however many servers that start together', async () => {
    await Promise.all(Array.from({ length: 5 }, () => start(VLLM, DEEPSEEK)));

    const providers = await registry.providers.list();
    expect(providers.map(({ preset }) => preset)).toEqual(['DEEPSEEK', 'DEMO', 'VLLM']);
    expect(await registry.models.list()).toHaveLength(4);
  });

  it('cannot be changed or deleted but by the environment, as long as that names it', async () => {
    await start(VLLM);
    const [{ id }, model] = [await providerOf('VLLM'), await modelNamed('gpt-oss-20b')];

    for (const attempt of [
      updateProvider(registry, owner, id, { baseUrl: 'http://elsewhere/v1' }),
      updateProvider(registry, owner, id, { apiKey: 'sk-other' }),
      deleteProvider(registry, owner, id),
      updateModel(registry, owner, model.id, { name: 'another' }, false),
      deleteModel(registry, owner, model.id),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'CONFLICT' });
    }

    await start();
    await deleteProvider(registry, owner, id);
    expect((await registry.providers.list()).map(({ preset }) => preset)).toEqual(['DEMO']);
    expect((await registry.models.list()).map(({ name }) => name)).toEqual(['demo']);
  });
});

describe('what an administrator made', () => {
  it('is left alone, and keeps its name', async () => {
    await start();
    const provider = await createProvider(registry, owner, {
      name: 'vLLM',
      baseUrl: 'http://mine/v1',
      apiKey: 'sk-mine',
    });
    const model = await createModel(registry, owner, { providerId: provider.id, name: 'mine' });

    await start(VLLM);
    await start();

    expect(await registry.providers.find(provider.id)).toEqual(provider);
    expect(await registry.models.find(model.id)).toEqual(model);
    expect((await providerOf('VLLM')).name).toBe('vLLM (environment)');
  });

  it('stays the default when a preset is added', async () => {
    await start();
    const provider = await createProvider(registry, owner, { name: 'Mine', baseUrl: 'http://mine/v1' });
    await createModel(registry, owner, { providerId: provider.id, name: 'mine' });

    await start(VLLM);

    expect(await nameOfDefault()).toBe('mine');
  });
});
