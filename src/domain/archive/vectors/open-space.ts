import { createHash } from 'node:crypto';
import { AppError } from '../../../base/errors.js';
import { fitsInto } from '../../budgets/budget.js';
import { amountOf, userSubject } from '../../budgets/budgets.js';
import { findCallableModel } from '../../models/callable-model.js';
import { estimateTokens } from '../../models/estimate-tokens.js';
import type { CallableModel } from '../../models/model.js';
import { withCost } from '../../models/price.js';
import { monthOf } from '../../usage/month.js';
import { NO_USAGE } from '../../usage/usage.js';
import type { Needs } from '../../needs.js';
import type { VectorSpace } from './vector-store.js';

export type Embedding = Pick<
  Needs,
  'models' | 'providers' | 'keyVault' | 'modelClients' | 'usage' | 'budgets' | 'clock' | 'newId'
>;

/** A space, and what turns texts into its vectors. */
export type OpenSpace = VectorSpace & {
  /**
   * In the order of the texts. What it took is booked to the user.
   *
   * @throws {AppError} UPSTREAM_…; BUDGET_EXCEEDED where the user's budget is used up.
   */
  embed(userId: string, texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
};

/** The space of the default embedding model, in which all archives should be; null where there is no such model, or it cannot be used. */
export async function openWantedSpace(needs: Embedding): Promise<OpenSpace | null> {
  const model = await needs.models.findDefault('EMBEDDING');
  return model && openSpaceOf(needs, model.id);
}

/** The space that an archive answers in; null where its model is gone, or means another space by now. */
export async function openKnownSpace(needs: Embedding, { key, modelId }: VectorSpace): Promise<OpenSpace | null> {
  const space = await openSpaceOf(needs, modelId);
  return space?.key === key ? space : null;
}

async function openSpaceOf(needs: Embedding, modelId: string): Promise<OpenSpace | null> {
  const callable = await callableOrNull(needs, modelId);
  if (callable === null) return null;
  const client = needs.modelClients.openEmbedding(callable);
  return {
    key: keyOf(callable),
    modelId,
    async embed(userId, texts, signal) {
      await requireBudget(needs, userId);
      const { vectors, inputTokens } = await client.embed(texts, signal);
      await book(needs, userId, callable, { texts, inputTokens });
      return vectors;
    },
  };
}

async function callableOrNull(needs: Embedding, modelId: string): Promise<CallableModel | null> {
  try {
    return await findCallableModel(needs, modelId);
  } catch (error) {
    if (error instanceof AppError && error.code === 'MODEL_UNAVAILABLE') return null;
    throw error;
  }
}

function keyOf({ model, provider }: CallableModel): string {
  return createHash('sha256').update(`${provider.baseUrl}\n${model.name}`).digest('hex').slice(0, 24);
}

async function requireBudget({ budgets, clock }: Embedding, userId: string): Promise<void> {
  const account = await budgets.find(userSubject(userId), monthOf(clock.now()));
  if (account && !fitsInto(account.spent, account))
    throw new AppError('BUDGET_EXCEEDED', 'The budget of this month is used up.');
}

async function book(
  { usage, budgets, clock, newId }: Embedding,
  userId: string,
  { model }: CallableModel,
  { texts, inputTokens }: { texts: readonly string[]; inputTokens: number | null },
): Promise<void> {
  const at = clock.now();
  const counted = inputTokens ?? texts.reduce((sum, text) => sum + estimateTokens(text), 0);
  const took = withCost({ ...NO_USAGE, inputTokens: counted, isEstimated: inputTokens === null }, model);
  const id = newId('use');
  const call = { conversationId: null, runId: newId('run'), messageId: null, step: 1, outcome: 'COMPLETED' } as const;
  await usage.record([{ id, userId, ...call, modelId: model.id, modelName: model.name, usage: took, at }]);
  await budgets.settle(userSubject(userId), { callId: id, took: amountOf(took), month: monthOf(at) });
}
