import type { Model } from './model.js';

/** Tokens that a model is taken to have room for where nobody said. */
const ASSUMED_CONTEXT_WINDOW = 32_768;

/** Tokens that are kept free for the answer where nobody said. */
const ASSUMED_OUTPUT_TOKENS = 4_096;

/** The tokens of a model's window. */
export const windowOf = ({ contextWindow }: Pick<Model, 'contextWindow'>): number =>
  contextWindow ?? ASSUMED_CONTEXT_WINDOW;

/** The part of a window that is kept free for the answer; at most half of it. */
export function outputRoom(model: Pick<Model, 'contextWindow'>, maxOutputTokens: number | null): number {
  return Math.min(maxOutputTokens ?? ASSUMED_OUTPUT_TOKENS, Math.floor(windowOf(model) / 2));
}

/** The rest of it, for what the model is told. */
export function inputRoom(model: Pick<Model, 'contextWindow'>, maxOutputTokens: number | null): number {
  return windowOf(model) - outputRoom(model, maxOutputTokens);
}
