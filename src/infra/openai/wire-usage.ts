import type { Usage } from '../../domain/usage/usage.js';

/** What services say of the tokens of an answer; each of the numbers may be missing, or wrong. */
export type WireUsage = {
  readonly prompt_tokens?: unknown;
  readonly completion_tokens?: unknown;
  readonly total_tokens?: unknown;
  readonly prompt_cache_hit_tokens?: unknown;
  readonly prompt_tokens_details?: { readonly cached_tokens?: unknown } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: unknown } | null;
};

/** Tokens of one call; no window holds more. */
const MAX_TOKENS = 100_000_000;

/** Null where the numbers are missing, or cannot be: then they must be counted here. */
export function toUsage(wire: WireUsage): Usage | null {
  const { prompt_tokens: inputTokens, completion_tokens: completionTokens } = wire;
  if (!isCount(inputTokens) || !isCount(completionTokens)) return null;
  // No model is asked with nothing: such a service fills in what it does not know.
  if (inputTokens === 0) return null;
  const reasoningTokens = countOf(wire.completion_tokens_details?.reasoning_tokens);
  // Some services count reasoning beside the completion: only their total tells.
  const isBeside = reasoningTokens > 0 && wire.total_tokens === inputTokens + completionTokens + reasoningTokens;
  const outputTokens = isBeside ? completionTokens + reasoningTokens : completionTokens;
  const cachedTokens = countOf(wire.prompt_tokens_details?.cached_tokens ?? wire.prompt_cache_hit_tokens);
  return {
    inputTokens,
    outputTokens,
    cachedTokens: Math.min(cachedTokens, inputTokens),
    reasoningTokens: Math.min(reasoningTokens, outputTokens),
    cost: null,
    isEstimated: false,
  };
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS;

const countOf = (value: unknown): number => (isCount(value) ? value : 0);
