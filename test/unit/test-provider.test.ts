import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewModel, NewProvider } from '../../src/domain/models/model-input.js';
import { createModel } from '../../src/domain/models/models.js';
import { createProvider } from '../../src/domain/models/providers.js';
import { testProvider } from '../../src/domain/models/test-provider.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { callTool, fail, hang, say, sendRaw, startFakeLlm, type FakeLlm, type Reply } from '../kit/fake-llm.js';
import { callFunction, refusing } from '../kit/odd-llm.js';
import { openRegistry, viewerOf, type Registry } from '../kit/registry.js';

const owner = viewerOf('OWNER');

const EMPTY_CALL = sendRaw(['data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n']);

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

const addProvider = async (more: Partial<NewProvider> = {}) =>
  (await createProvider(registry, owner, { name: 'Ours', baseUrl: llm.baseUrl, ...more })).id;
const addModel = (providerId: string, more: Partial<NewModel> = {}) =>
  createModel(registry, owner, { providerId, name: 'gpt', ...more });

describe('the list of models', () => {
  it('is as the service has it, with those that are not registered yet, and asks no model', async () => {
    llm.modelNames = ['b', 'gpt', 'a'];
    const id = await addProvider();
    await addModel(id);

    expect(await testProvider(registry, owner, id, null)).toEqual({
      isReachable: true,
      latencyMs: expect.any(Number),
      modelNames: ['b', 'gpt', 'a'],
      unregisteredModelNames: ['b', 'a'],
      error: null,
      toolTest: null,
    });
    expect(llm.requests).toEqual([]);
  });

  it('tells what is wrong, without the key', async () => {
    const baseUrl = llm.baseUrl.replace('/v1', '/sk-secret-key/v1');
    const id = await addProvider({ baseUrl, apiKey: 'sk-secret-key' });

    expect(await testProvider(registry, owner, id, null)).toEqual({
      isReachable: false,
      latencyMs: null,
      modelNames: [],
      unregisteredModelNames: [],
      error: { code: 'UPSTREAM_REFUSED', message: expect.any(String), providerMessage: 'HTTP 404: No such path.' },
      toolTest: null,
    });
  });
});

describe('a model that is offered a tool', () => {
  type Row = { how: string; reply: Reply; toolMode: string; hasCalledTool: boolean; requests: number };
  it.each<Row>([
    { how: 'calls it', reply: callTool('ping', {}), toolMode: 'TOOLS', hasCalledTool: true, requests: 1 },
    { how: 'only talks', reply: say('pong'), toolMode: 'TOOLS', hasCalledTool: false, requests: 1 },
    {
      how: 'knows functions alone',
      reply: refusing('tools', callFunction('ping', {}), 400),
      toolMode: 'FUNCTIONS',
      hasCalledTool: true,
      requests: 2,
    },
    {
      how: 'knows neither, and acts in words',
      reply: refusing('tools', refusing('functions', say('Action: ping\nAction Input: {}'))),
      toolMode: 'REACT',
      hasCalledTool: true,
      requests: 3,
    },
  ])('$how: $toolMode, though it is not registered', async ({ reply, toolMode, hasCalledTool, requests }) => {
    llm.otherwise(reply);

    const { toolTest } = await testProvider(registry, owner, await addProvider(), 'new-one');

    expect(toolTest).toEqual({
      modelName: 'new-one',
      toolMode,
      hasCalledTool,
      latencyMs: expect.any(Number),
      error: null,
    });
    expect(llm.requests.map(({ body }) => [body.model, body['max_tokens']])).toEqual(
      Array.from({ length: requests }, () => ['new-one', 512]),
    );
  });

  it('is asked from the beginning, and what it takes is remembered, where it is registered and its mode AUTO', async () => {
    const id = await addProvider();
    const auto = await addModel(id, { name: 'auto' });
    const forced = await addModel(id, { name: 'forced', toolMode: 'TOOLS' });
    await registry.models.update(auto.id, { detectedToolMode: 'REACT' });
    llm.otherwise(refusing('tools', callFunction('ping', {})));

    await testProvider(registry, owner, id, 'auto');
    await testProvider(registry, owner, id, 'forced');

    const known = await Promise.all([auto, forced].map((model) => registry.models.find(model.id)));
    expect(known.map((model) => model?.detectedToolMode)).toEqual(['FUNCTIONS', null]);
  });

  it('is asked again after an empty call, and what is known is not forgotten where nothing comes of it', async () => {
    const id = await addProvider();
    const known = await addModel(id, { name: 'known' });
    await registry.models.update(known.id, { detectedToolMode: 'REACT' });
    llm.script([EMPTY_CALL, callTool('ping', {})]);
    const lucky = await testProvider(registry, owner, id, 'new-one');
    llm.script([EMPTY_CALL, EMPTY_CALL, say('pong')]);

    const unlucky = await testProvider(registry, owner, id, 'known');

    expect(lucky.toolTest).toMatchObject({ toolMode: 'TOOLS', hasCalledTool: true });
    expect(unlucky.toolTest).toMatchObject({ toolMode: null, hasCalledTool: false, error: null });
    expect((await registry.models.find(known.id))?.detectedToolMode).toBe('REACT');
  });

  it('may fail by name, beside a list that came, and tells nothing of the key', async () => {
    const id = await addProvider({ apiKey: 'sk-secret-key' });
    llm.otherwise(fail(404, { body: { error: { message: 'no model gone for sk-secret-key' } } }));

    expect(await testProvider(registry, owner, id, 'gone')).toMatchObject({
      isReachable: true,
      toolTest: {
        toolMode: null,
        hasCalledTool: false,
        latencyMs: null,
        error: { code: 'UPSTREAM_REFUSED', providerMessage: 'HTTP 404: no model gone for [secret]' },
      },
    });
  });

  it('does not keep the administrator waiting for ever', async () => {
    llm.otherwise(hang());

    const { toolTest } = await testProvider(registry, owner, await addProvider(), 'slow', {
      listMs: 5_000,
      toolMs: 50,
    });

    expect(toolTest).toMatchObject({ toolMode: null, error: { code: 'UPSTREAM_TIMEOUT' } });
    expect(await llm.requests[0]?.closed).toBe(false);
  });

  it('has a name of one line', async () => {
    await expect(testProvider(registry, owner, await addProvider(), 'a\nb')).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'modelName' },
    });
  });
});
