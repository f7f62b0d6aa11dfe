import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { findCallableModel } from '../../src/domain/models/callable-model.js';
import type { Model } from '../../src/domain/models/model.js';
import type { NewModel, NewProvider } from '../../src/domain/models/model-input.js';
import { createModel, deleteModel, updateModel } from '../../src/domain/models/models.js';
import { createProvider, deleteProvider, listProviders, updateProvider } from '../../src/domain/models/providers.js';
import { reconcilePresets } from '../../src/domain/models/reconcile-presets.js';
import { testProvider } from '../../src/domain/models/test-provider.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import { openRegistry, viewerOf, type Registry } from '../kit/registry.js';

const [owner, admin] = [viewerOf('OWNER'), viewerOf('ADMIN')];

let documents: Documents;
let registry: Registry;
let llm: FakeLlm;
beforeAll(async () => {
  documents = await openDocuments();
});
afterAll(() => documents.close());
beforeEach(async () => {
  registry = await openRegistry(documents);
  llm = await startFakeLlm();
});
afterEach(() => llm.close());

const addProvider = (more: Partial<NewProvider> = {}) =>
  createProvider(registry, owner, { name: 'Ours', baseUrl: llm.baseUrl, ...more });
const addModel = async (more: Partial<NewModel> = {}) =>
  createModel(registry, owner, { providerId: more.providerId ?? (await addProvider()).id, name: 'gpt', ...more });

describe('who may', () => {
  it('look after providers and models: OWNER and ADMIN', async () => {
    const provider = await createProvider(registry, admin, { name: 'A', baseUrl: llm.baseUrl });
    const model = await createModel(registry, admin, { providerId: provider.id, name: 'a' });
    await updateModel(registry, admin, model.id, { displayName: 'b' }, false);
    await testProvider(registry, admin, provider.id, null);
    await deleteModel(registry, admin, model.id);
    await deleteProvider(registry, admin, provider.id);

    expect(await listProviders(registry, admin)).toEqual([]);
  });

  it.each(['DEVELOPER', 'GUEST'] as const)('not %s, who learns nothing of what there is', async (role) => {
    const viewer = viewerOf(role);
    const model = await addModel();

    for (const attempt of [
      () => listProviders(registry, viewer),
      () => createProvider(registry, viewer, { name: 'X', baseUrl: llm.baseUrl }),
      () => updateProvider(registry, viewer, model.providerId, { name: 'X' }),
      () => deleteProvider(registry, viewer, 'prov_nothing'),
      () => testProvider(registry, viewer, model.providerId, null),
      () => createModel(registry, viewer, { providerId: model.providerId, name: 'X' }),
      () => updateModel(registry, viewer, 'mod_nothing', {}, true),
      () => deleteModel(registry, viewer, model.id),
    ]) {
      await expect((async () => attempt())()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(llm.requests).toEqual([]);
  });
});

describe('what does not fit', () => {
  it.each<[string, Partial<NewProvider>]>([
    ['name', { name: '  ' }],
    ['name', { name: 'x'.repeat(65) }],
    ['name', { name: 'two\nlines' }],
    ['baseUrl', { baseUrl: 'ftp://host/v1' }],
    ['baseUrl', { baseUrl: 'http://user:password@host/v1' }],
    ['baseUrl', { baseUrl: 'http://host/v1?key=1' }],
    ['baseUrl', { baseUrl: 'not an address' }],
    ['baseUrl', { baseUrl: `http://host/${'x'.repeat(2_000)}` }],
    ['apiKey', { apiKey: '' }],
    ['apiKey', { apiKey: 'two\r\nlines: 1' }],
    ['apiKey', { apiKey: '한글' }],
  ])('is refused, naming %s (%#)', async (field, input) => {
    await expect(addProvider(input)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field } });
    expect(await registry.providers.list()).toEqual([]);
  });

  it.each<[string, Partial<NewModel>]>([
    ['name', { name: '' }],
    ['displayName', { displayName: 'x'.repeat(101) }],
    ['contextWindow', { contextWindow: 12.5 }],
    ['maxOutputTokens', { maxOutputTokens: 0 }],
    ['temperature', { temperature: 2.1 }],
    ['temperature', { temperature: Number.NaN }],
    ['firstByteTimeoutMs', { firstByteTimeoutMs: 0 }],
    ['idleTimeoutMs', { idleTimeoutMs: 3_600_001 }],
    ['inputPrice', { inputPrice: -1 }],
    ['outputPrice', { outputPrice: Number.POSITIVE_INFINITY }],
  ])('is refused, naming %s (%#)', async (field, input) => {
    await expect(addModel(input)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field } });
    expect(await registry.models.list()).toEqual([]);
  });

  it('is CONFLICT for a name that is taken, NOT_FOUND for what is not there', async () => {
    const model = await addModel();
    const other = await addProvider({ name: 'Other' });

    for (const attempt of [
      () => addProvider({ name: ' Ours ' }),
      () => updateProvider(registry, owner, other.id, { name: 'Ours' }),
      () => createModel(registry, owner, { providerId: model.providerId, name: 'gpt' }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'CONFLICT', details: { field: 'name' } });
    }
    for (const id of ['', 'prov_nothing', newId('prov'), newId('mod')]) {
      await expect(updateProvider(registry, owner, id, {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(testProvider(registry, owner, id, null)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(deleteModel(registry, owner, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('a provider', () => {
  it('is kept as it was given, tidied up', async () => {
    const provider = await addProvider({ name: ' vLLM ', baseUrl: 'http://gpu:8000/v1/ ', apiKey: 'sk-secret' });

    expect(provider).toMatchObject({ name: 'vLLM', baseUrl: 'http://gpu:8000/v1', hasApiKey: true, isEnabled: true });
    expect(await registry.providers.list()).toEqual([provider]);
    expect(llm.requests).toEqual([]);
  });

  it('changes in what is given, and in nothing else', async () => {
    const provider = await addProvider({ apiKey: 'sk-secret' });

    const changed = await updateProvider(registry, owner, provider.id, { name: 'Renamed', enabled: false });

    expect(changed).toEqual({ ...provider, name: 'Renamed', isEnabled: false });
    const { id } = await createModel(registry, owner, { providerId: provider.id, name: 'gpt' });
    await updateProvider(registry, owner, provider.id, { enabled: true });
    expect((await findCallableModel(registry, id)).apiKey?.reveal()).toBe('sk-secret');
  });

  it('forgets its key when it is told to', async () => {
    const provider = await addProvider({ apiKey: 'sk-secret' });

    expect(await updateProvider(registry, owner, provider.id, { apiKey: null })).toMatchObject({ hasApiKey: false });
    expect((await registry.providers.findWithKey(provider.id))?.key).toBeNull();
  });

  it('does not send its key to another host unless it is given again', async () => {
    const { id, baseUrl } = await addProvider({ apiKey: 'sk-secret' });

    await expect(updateProvider(registry, owner, id, { baseUrl: 'http://evil/v1' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'apiKey' },
    });
    expect(await updateProvider(registry, owner, id, { baseUrl: `${baseUrl}/openai` })).toMatchObject({
      hasApiKey: true,
    });
    const moved = await updateProvider(registry, owner, id, { baseUrl: 'http://good/v1', apiKey: 'sk-new' });
    expect(moved).toMatchObject({ baseUrl: 'http://good/v1', hasApiKey: true });
  });

  it('goes with its models, and the default with them', async () => {
    await reconcilePresets(registry, []);
    const model = await addModel();
    expect(await registry.models.findDefault('CHAT')).toEqual(model);

    await deleteProvider(registry, owner, model.providerId);

    expect(await registry.models.find(model.id)).toBeNull();
    expect((await registry.models.findDefault('CHAT'))?.name).toBe('demo');
  });
});

describe('a model', () => {
  it('has the time limits that the server was set up with, and no limits that nobody named', async () => {
    expect(await addModel()).toMatchObject({
      displayName: 'gpt',
      kind: 'CHAT',
      toolMode: 'AUTO',
      isEnabled: true,
      contextWindow: null,
      maxOutputTokens: null,
      temperature: null,
      firstByteTimeoutMs: 120_000,
      idleTimeoutMs: 60_000,
      inputPrice: null,
      preset: null,
    });
  });

  it('changes in what is given, and in nothing else', async () => {
    const model = await addModel({ temperature: 1, inputPrice: 2 });

    const changed = await updateModel(registry, owner, model.id, { temperature: null, contextWindow: 4_096 }, false);

    expect(changed).toEqual({ ...model, temperature: null, contextWindow: 4_096 });
  });

  it('forgets what AUTO found out when it is given another way to use tools', async () => {
    const model = await addModel();
    await registry.models.update(model.id, { detectedToolMode: 'REACT' });

    expect(await updateModel(registry, owner, model.id, { displayName: 'x' }, false)).toMatchObject({
      detectedToolMode: 'REACT',
    });
    expect(await updateModel(registry, owner, model.id, { toolMode: 'AUTO' }, false)).toMatchObject({
      detectedToolMode: null,
    });
  });
});

describe('the default', () => {
  it('is the first model that is added, then the one that is chosen, of each kind apart', async () => {
    await reconcilePresets(registry, []);
    const first = await addModel();
    const second = await addModel({ providerId: first.providerId, name: 'second' });
    const embedding = await addModel({ providerId: first.providerId, name: 'embed', kind: 'EMBEDDING' });
    expect(await registry.models.findDefault('CHAT')).toEqual(first);
    expect(await registry.models.findDefault('EMBEDDING')).toEqual(embedding);

    await updateModel(registry, owner, second.id, {}, true);

    expect(await registry.models.findDefault('CHAT')).toEqual(second);
    expect(await registry.models.findDefault('EMBEDDING')).toEqual(embedding);
  });

  it('passes on when it is disabled or deleted, to the demo last of all', async () => {
    await reconcilePresets(registry, []);
    const first = await addModel();
    const second = await addModel({ providerId: first.providerId, name: 'second' });

    await updateModel(registry, owner, first.id, { enabled: false }, false);
    expect(await registry.models.findDefault('CHAT')).toEqual(second);

    await deleteModel(registry, owner, second.id);
    expect((await registry.models.findDefault('CHAT'))?.name).toBe('demo');
  });

  it('cannot be one that cannot be used', async () => {
    const first = await addModel();
    const second = await addModel({ providerId: first.providerId, name: 'second' });

    await expect(updateModel(registry, owner, second.id, { enabled: false }, true)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'isDefault' },
    });
    expect(await registry.models.find(second.id)).toEqual(second);
    await updateProvider(registry, owner, first.providerId, { enabled: false });
    await expect(updateModel(registry, owner, second.id, {}, true)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('is the demo again, enabled, rather than a model that does not chat, or one that is disabled', async () => {
    await reconcilePresets(registry, []);
    const embedding = await addModel({ kind: 'EMBEDDING' });
    const chat = await addModel({ providerId: embedding.providerId, name: 'chat' });
    const demo = (await registry.models.list()).find(({ name }) => name === 'demo')!;
    await updateModel(registry, owner, demo.id, { enabled: false }, false);

    await updateModel(registry, owner, chat.id, { enabled: false }, false);

    expect(await registry.models.findDefault('CHAT')).toEqual({ ...demo, isEnabled: true });
  });
});

describe('those that stand in for a model', () => {
  it.each<[string, () => Promise<string>]>([
    ['there is no such model', () => Promise.resolve(newId('mod'))],
    ['it does not chat', async () => (await addModel({ kind: 'EMBEDDING' })).id],
  ])('are refused where %s', async (_why, idOf) => {
    const fallbackModelIds = [await idOf()];
    const { id, providerId } = await addModel({ providerId: (await addProvider({ name: 'Another' })).id });
    const refusal = { code: 'INVALID_INPUT', details: { field: 'fallbackModelIds' } };

    await expect(updateModel(registry, owner, id, { fallbackModelIds }, false)).rejects.toMatchObject(refusal);
    await expect(addModel({ providerId, name: 'b', fallbackModelIds })).rejects.toMatchObject(refusal);
    expect(await updateModel(registry, owner, id, { fallbackModelIds: [id] }, false)).toMatchObject({
      fallbackModelIds: [id],
    });
  });
});

it('leaves no model behind whose provider is deleted while it is added', async () => {
  const { id: providerId } = await addProvider();
  const { insert } = registry.models;
  registry.models.insert = async (model) => {
    await deleteProvider(registry, owner, providerId);
    return insert.call(registry.models, model);
  };

  await expect(addModel({ providerId })).rejects.toMatchObject({ code: 'NOT_FOUND' });

  expect(await registry.models.listOfProviders([providerId])).toEqual([]);
});

describe('what AUTO has found out about the tools of a model', () => {
  it.each<[string, (model: Model) => Promise<unknown>, string | null]>([
    ['forgotten with another name', ({ id }) => updateModel(registry, owner, id, { name: 'other' }, false), null],
    ['forgotten with another mode', ({ id }) => updateModel(registry, owner, id, { toolMode: 'AUTO' }, false), null],
    [
      'forgotten with another address',
      ({ providerId }) => updateProvider(registry, owner, providerId, { baseUrl: `${llm.baseUrl}/v2` }),
      null,
    ],
    ['kept otherwise', ({ id }) => updateModel(registry, owner, id, { name: 'gpt', displayName: 'G' }, false), 'REACT'],
    [
      'kept with the same address',
      ({ providerId }) => updateProvider(registry, owner, providerId, { name: 'O' }),
      'REACT',
    ],
  ])('is %s', async (_when, change, kept) => {
    const model = await addModel();
    await registry.models.update(model.id, { detectedToolMode: 'REACT' });

    await change(model);

    expect((await registry.models.find(model.id))?.detectedToolMode).toBe(kept);
  });
});
