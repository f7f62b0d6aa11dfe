import { FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Usage } from '../../domain/models/usage.js';
import { UsageType } from './usage-type.js';

@Resolver(() => UsageType)
export class UsageResolver {
  @FieldResolver(() => Int, { description: 'Input and output together.' })
  totalTokens(@Root() { inputTokens, outputTokens }: Usage): number {
    return inputTokens + outputTokens;
  }
}
