import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool, say } from '../kit/fake-llm.js';
import { textOf } from '../kit/chat-stream.js';
import { openHouse, PASSWORD, type Person, type RunningHouse } from '../kit/house.js';

const API_KEY = 'sk-very-secret-0123456789';

let house: RunningHouse;
let owner: Person;
let developer: Person;
beforeAll(async () => {
  house = await openHouse({ env: { VLLM_API_KEY: API_KEY, DEEPSEEK_API_KEY: 'sk-deepseek-0123456789' } });
  owner = await house.join('owner');
  developer = await house.join('developer');
});
afterAll(() => house.close());

type Shown = { readonly id: string; readonly [field: string]: unknown };

const PROVIDER = 'id name baseUrl hasApiKey enabled isFromEnvironment models { name isDefault }';
const MODEL =
  'id name displayName kind provider { name baseUrl hasApiKey } toolMode detectedToolMode isDefault contextWindow maxOutputTokens temperature enabled firstByteTimeoutMs idleTimeoutMs inputPrice outputPrice';

const providers = async () => (await owner.get<{ providers: Shown[] }>(`{ providers { ${PROVIDER} } }`)).providers;
const models = async (by = owner) => (await by.get<{ models: Shown[] }>(`{ models { ${MODEL} } }`)).models;

async function change(mutation: string, input: Record<string, unknown>): Promise<Shown> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const shown = mutation.endsWith('Provider') ? PROVIDER : MODEL;
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${shown} } }`;
  return (await owner.get<Record<string, Shown>>(query, { input }))[mutation]!;
}

describe('what the environment names', () => {
  it('is there as providers, with their defaults', async () => {
    expect(await providers()).toEqual([
      {
        id: expect.stringMatching(/^prov_/),
        name: 'DeepSeek',
        baseUrl: 'https://api.deepseek.com/v1',
        hasApiKey: true,
        enabled: true,
        isFromEnvironment: true,
        models: [
          { name: 'deepseek-chat', isDefault: true },
          { name: 'deepseek-reasoner', isDefault: false },
        ],
      },
      expect.objectContaining({ name: 'Demo', baseUrl: 'demo:', hasApiKey: false }),
      expect.objectContaining({ name: 'vLLM', baseUrl: house.llm.baseUrl, hasApiKey: true }),
    ]);
  });

  it('has the output limit and the temperature that vLLM models have by default', async () => {
    expect((await models()).find(({ name }) => name === 'fake-1')).toEqual({
      id: expect.stringMatching(/^mod_/),
      name: 'fake-1',
      displayName: 'fake-1',
      kind: 'CHAT',
      provider: { name: 'vLLM', baseUrl: house.llm.baseUrl, hasApiKey: true },
      toolMode: 'AUTO',
      detectedToolMode: null,
      isDefault: false,
      contextWindow: null,
      maxOutputTokens: 1_000,
      temperature: 0.7,
      enabled: true,
      firstByteTimeoutMs: 120_000,
      idleTimeoutMs: 60_000,
      inputPrice: null,
      outputPrice: null,
    });
  });
});

describe('an administrator', () => {
  it('registers a provider and a model, and chats with it, its key on the way', async () => {
    const { baseUrl } = house.llm;
    const provider = await change('createProvider', { name: 'Mine', baseUrl, apiKey: API_KEY });
    const model = await change('createModel', { providerId: provider.id, name: 'mine-1', temperature: 0.2 });
    house.llm.script([say('Here I am.')]);

    const conversationId = await owner.createConversation({ modelId: model.id });
    const events = await owner.turn(conversationId, 'Hello');

    expect(textOf(events)).toBe('Here I am.');
    expect(house.llm.requests.at(-1)).toMatchObject({
      headers: { authorization: `Bearer ${API_KEY}` },
      body: { model: 'mine-1', temperature: 0.2 },
    });
  });

  it('changes what there is, and makes a model the default', async () => {
    const provider = await change('createProvider', { name: 'Changing', baseUrl: house.llm.baseUrl });
    const model = await change('createModel', { providerId: provider.id, name: 'changing' });

    const renamed = await change('updateProvider', {
      id: provider.id,
      name: 'Changed',
      apiKey: API_KEY,
      enabled: false,
    });
    expect(renamed).toMatchObject({ name: 'Changed', hasApiKey: true, enabled: false });
    expect((await models()).find(({ id }) => id === model.id)).toMatchObject({ enabled: false });
    await change('updateProvider', { id: provider.id, enabled: true });
    const changed = await change('updateModel', { id: model.id, displayName: 'New', inputPrice: 1.5, isDefault: true });
    expect(changed).toMatchObject({ displayName: 'New', inputPrice: 1.5, isDefault: true, enabled: true });
    expect((await models()).filter(({ kind, isDefault }) => kind === 'CHAT' && isDefault)).toHaveLength(1);
    expect(await change('updateModel', { id: model.id, enabled: false })).toMatchObject({ enabled: false });
  });

  it('says nothing by a null that cannot be meant, as typed clients send it for what they leave out', async () => {
    const unsaid = {
      displayName: null,
      toolMode: null,
      fallbackModelIds: null,
      firstByteTimeoutMs: null,
      idleTimeoutMs: null,
    };
    const provider = await change('createProvider', { name: 'Unsaid', baseUrl: house.llm.baseUrl, apiKey: API_KEY });
    const model = await change('createModel', { providerId: provider.id, name: 'unsaid', temperature: 1, ...unsaid });

    const same = await change('updateModel', { id: model.id, ...unsaid, name: null, enabled: null, isDefault: null });
    const other = await change('updateModel', { id: model.id, temperature: null });
    const kept = await change('updateProvider', { id: provider.id, name: null, baseUrl: null, enabled: null });
    const keyless = await change('updateProvider', { id: provider.id, apiKey: null });

    expect(same).toEqual(model);
    expect(model).toMatchObject({
      displayName: 'unsaid',
      toolMode: 'AUTO',
      firstByteTimeoutMs: 120_000,
      enabled: true,
    });
    expect(other).toEqual({ ...model, temperature: null });
    expect(kept).toMatchObject({ name: 'Unsaid', baseUrl: house.llm.baseUrl, hasApiKey: true, enabled: true });
    expect(keyless).toMatchObject({ name: 'Unsaid', hasApiKey: false });
  });

  it('learns whether a provider works', async () => {
    house.llm.modelNames = ['fake-1', 'fake-2'];
    const query =
      'mutation ($id: ID!, $modelName: String) { testProvider(id: $id, modelName: $modelName) { isReachable latencyMs modelNames unregisteredModelNames error { code message providerMessage } toolTest { modelName toolMode hasCalledTool error { code } } } }';
    const good = (await providers()).find(({ name }) => name === 'vLLM')?.id;
    const bad = (await change('createProvider', { name: 'Bad', baseUrl: 'http://127.0.0.1:1/v1', apiKey: API_KEY })).id;

    house.llm.script([callTool('ping', {})]);
    expect(await owner.get(query, { id: good, modelName: 'fake-2' })).toEqual({
      testProvider: {
        isReachable: true,
        latencyMs: expect.any(Number),
        modelNames: ['fake-1', 'fake-2'],
        unregisteredModelNames: ['fake-2'],
        error: null,
        toolTest: { modelName: 'fake-2', toolMode: 'TOOLS', hasCalledTool: true, error: null },
      },
    });
    expect(await owner.get(query, { id: bad })).toEqual({
      testProvider: {
        isReachable: false,
        latencyMs: null,
        modelNames: [],
        unregisteredModelNames: [],
        toolTest: null,
        error: {
          code: 'UPSTREAM_FAILED',
          message: 'The model service cannot be reached, or cut the connection.',
          providerMessage: expect.stringContaining('ECONNREFUSED'),
        },
      },
    });
  });

  it('deletes a provider with its models, and a conversation with one can be read but not continued', async () => {
    const provider = await change('createProvider', { name: 'Going', baseUrl: house.llm.baseUrl });
    const model = await change('createModel', { providerId: provider.id, name: 'going' });
    const conversationId = await owner.createConversation({ modelId: model.id });
    house.llm.script([say('Remember me.')]);
    await owner.turn(conversationId, 'Hello');

    await owner.get('mutation ($id: ID!) { deleteProvider(id: $id) }', { id: provider.id });

    expect((await models()).some(({ id }) => id === model.id)).toBe(false);
    const read = 'query ($id: ID!) { conversation(id: $id) { modelName model { id } messages { nodes { text } } } }';
    expect(await owner.get(read, { id: conversationId })).toEqual({
      conversation: {
        modelName: 'going',
        model: null,
        messages: { nodes: [{ text: 'Hello' }, { text: 'Remember me.' }] },
      },
    });
    await expect(owner.turn(conversationId, 'Again')).rejects.toMatchObject([
      { extensions: { code: 'MODEL_UNAVAILABLE' } },
    ]);
  });
});

describe('everybody else', () => {
  it('sees the models, with the names of their providers and nothing more of these', async () => {
    const shown = (await models(developer)).find(({ name }) => name === 'fake-1');

    expect(shown).toMatchObject({ provider: { name: 'vLLM', baseUrl: null, hasApiKey: null } });
  });

  it.each([
    ['providers', '{ providers { id } }'],
    ['createProvider', 'mutation { createProvider(input: { name: "x", baseUrl: "http://x" }) { id } }'],
    ['testProvider', 'mutation { testProvider(id: "prov_x") { isReachable } }'],
    ['deleteModel', 'mutation { deleteModel(id: "mod_x") }'],
  ])('is FORBIDDEN %s, and UNAUTHENTICATED without a token', async (_name, query) => {
    expect((await developer.ask(query)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await house.ask(query)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

it('never tells a key: the API has no field for it, and the database no readable one', async () => {
  const typed = await owner.get<{ __type: { fields: { name: string }[] } }>(
    '{ __type(name: "Provider") { fields { name } } }',
  );
  expect(typed.__type.fields.map(({ name }) => name)).not.toContain('apiKey');

  const everything = JSON.stringify([
    await providers(),
    await models(),
    await owner.ask('{ nodes(ids: []) { id } }'),
    await house.needs.providers.list(),
    await Promise.all((await house.needs.providers.list()).map(({ id }) => house.needs.providers.findWithKey(id))),
  ]);
  expect(everything).not.toContain(API_KEY);
  expect(everything).not.toContain(PASSWORD);
});

it('finds providers and models by id', async () => {
  const [provider] = await providers();
  const [model] = await models();

  const query =
    'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Provider { name } ... on Model { name } } }';
  expect(await developer.get(query, { ids: [provider?.id, model?.id] })).toEqual({
    nodes: [
      { __typename: 'Provider', id: provider?.id, name: provider?.['name'] },
      { __typename: 'Model', id: model?.id, name: model?.['name'] },
    ],
  });
});
