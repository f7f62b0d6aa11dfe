import type { Model } from './model.js';
import type { Usage } from '../usage/usage.js';

/** Prices are for so many tokens. */
const TOKENS_PER_PRICE = 1_000_000;

/** The usage with what it costs by the model's prices, in US dollars; null where the model has neither price. A price that is missing counts as none. */
export function withCost(usage: Usage, { inputPrice, outputPrice }: Pick<Model, 'inputPrice' | 'outputPrice'>): Usage {
  if (inputPrice === null && outputPrice === null) return { ...usage, cost: null };
  const price = usage.inputTokens * (inputPrice ?? 0) + usage.outputTokens * (outputPrice ?? 0);
  return { ...usage, cost: price / TOKENS_PER_PRICE };
}
