import { expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { silentLog } from '../../src/base/log.js';
import type { Conversation } from '../../src/domain/conversations/conversation.js';
import type { CallableModel, Model } from '../../src/domain/models/model.js';
import type { Needs } from '../../src/domain/needs.js';
import { Candidates } from '../../src/domain/runs/candidates.js';
import type { RunBudget } from '../../src/domain/runs/run-budget.js';
import { requestOf } from '../kit/answers.js';
import { modelOf, providerOf } from '../kit/models.js';
import { call, ScriptedModel } from '../kit/scripted-model.js';

const provider = providerOf();
const [one, two, off] = [{}, {}, { isEnabled: false }].map((more) => modelOf({ providerId: provider.id, ...more })) as [
  Model,
  Model,
  Model,
];

/** The models that a run may ask whose conversation and model name these to stand in. */
function open(ofConversation: readonly Model[], ofModel: readonly Model[], service = new ScriptedModel([])) {
  const idsOf = (models: readonly Model[]) => models.map(({ id }) => id);
  const chosen = modelOf({ providerId: provider.id, fallbackModelIds: idsOf(ofModel) });
  const needs = {
    models: {
      find: (id: string) => Promise.resolve([chosen, one, two, off].find((model) => model.id === id) ?? null),
      update: () => Promise.reject(new Error('away')),
    },
    providers: { findWithKey: () => Promise.resolve({ provider, key: null }) },
    modelClients: { open: () => service },
    log: silentLog,
  } as unknown as Needs;
  const conversation = { fallbackModelIds: idsOf(ofConversation) } as unknown as Conversation;
  const budget = { guard: (model: unknown) => model } as unknown as RunBudget;
  const accepted: CallableModel = { model: chosen, provider, apiKey: null };
  return { chosen, candidates: new Candidates(needs, conversation, accepted, budget) };
}

const standIns = async ({ candidates }: ReturnType<typeof open>) =>
  (await candidates.forNextStep()).slice(1).map(({ modelId }) => modelId);

it('lets those stand in that the conversation names, or else those of the model', async () => {
  expect(await standIns(open([one], [two]))).toEqual([one.id]);
  expect(await standIns(open([], [two]))).toEqual([two.id]);
});

it('passes over who cannot be used, and who is named twice', async () => {
  expect(await standIns(open([], [off, two, two]))).toEqual([two.id]);
});

it('asks in the way that has worked, at once and in the next step, although it cannot be kept', async () => {
  const refusal = new AppError('UPSTREAM_REFUSED', 'no', { hasRefusedTools: true });
  const service = new ScriptedModel([[refusal], call({ id: 'a', name: 'look', args: {} })]);
  const { candidates, chosen } = open([], [], service);
  const ask = async () => {
    const [first] = await candidates.forNextStep();
    const tools = [{ name: 'look', description: '', parameters: {} }];
    for await (const part of first!.model.stream(requestOf('hi', { tools }))) expect(part).toBeDefined();
  };

  await ask();
  await ask();

  expect(service.requests.map(({ toolFormat }) => toolFormat)).toEqual(['TOOLS', 'FUNCTIONS', 'FUNCTIONS']);
  expect(candidates.offered.get(chosen.id)).toBe(chosen);
});
