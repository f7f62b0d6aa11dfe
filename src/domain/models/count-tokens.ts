import type { Log } from '../../base/log.js';
import { estimateTokens } from './estimate-tokens.js';

/**
 * How many tokens each of the texts takes, in their order, by a tokenizer in common use. It is not the model's own, so that its word too is an estimate, but a
 * far better one than {@link estimateTokens}. It may take a moment, keeps nobody else waiting, and never rejects.
 */
export type CountTokens = (texts: readonly string[]) => Promise<readonly number[]>;

export const estimateAll: CountTokens = (texts) => Promise.resolve(texts.map(estimateTokens));

/** Estimates where counting fails. */
export function countOrEstimate(count: CountTokens, log: Log): CountTokens {
  return async (texts) => {
    try {
      return await count(texts);
    } catch (error) {
      log.error({ error }, 'tokens could not be counted; they are estimated');
      return estimateAll(texts);
    }
  };
}
