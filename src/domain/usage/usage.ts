/** What model calls took, in tokens of the model. */
export type Usage = {
  readonly inputTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
  /** The part of `inputTokens` that the service read from its cache. */
  readonly cachedTokens: number;
  /** The part of `outputTokens` that was reasoning. */
  readonly reasoningTokens: number;
  /** US dollars; null where the model has no price. */
  readonly cost: number | null;
  /** Counted here because the service did not say. */
  readonly isEstimated: boolean;
};

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  cost: null,
  isEstimated: false,
};

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    cost: a.cost === null && b.cost === null ? null : (a.cost ?? 0) + (b.cost ?? 0),
    isEstimated: a.isEstimated || b.isEstimated,
  };
}
