import { FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Usage } from '../../domain/usage/usage.js';
import { UsageType } from './usage-type.js';

/** The largest Int of GraphQL. */
const MAX_INT = 2 ** 31 - 1;

@Resolver(() => UsageType)
export class UsageResolver {
  @FieldResolver(() => Int, { description: 'Input and output together.' })
  totalTokens(@Root() { inputTokens, outputTokens }: Usage): number {
    return Math.min(inputTokens + outputTokens, MAX_INT);
  }
}

/** The sum over many calls as the API can tell it: no number of tokens is beyond an Int. */
export function withinInt(usage: Usage): Usage {
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens } = usage;
  return {
    ...usage,
    inputTokens: Math.min(inputTokens, MAX_INT),
    outputTokens: Math.min(outputTokens, MAX_INT),
    cachedTokens: Math.min(cachedTokens, MAX_INT),
    reasoningTokens: Math.min(reasoningTokens, MAX_INT),
  };
}
