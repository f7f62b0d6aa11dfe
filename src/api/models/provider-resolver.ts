import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { isUsable, type Model, type Provider } from '../../domain/models/model.js';
import { createProvider, deleteProvider, listProviders, updateProvider } from '../../domain/models/providers.js';
import { testProvider } from '../../domain/models/test-provider.js';
import { isAdministrator } from '../../domain/users/policy.js';
import { requireViewer, type RequestContext } from '../context.js';
import { ModelType } from './model-types.js';
import { ProviderTestType, TestProviderArgs } from './provider-test-types.js';
import { CreateProviderInput, ProviderType, UpdateProviderInput } from './provider-types.js';

@Resolver(() => ProviderType)
export class ProviderResolver {
  @Query(() => [ProviderType], { description: 'All providers, by name. Administrators only.' })
  async providers(@Ctx() context: RequestContext): Promise<Provider[]> {
    return listProviders(context.needs, requireViewer(context));
  }

  @Mutation(() => ProviderType, { description: 'Registers a provider; it is not contacted. Administrators only.' })
  createProvider(
    @Arg('input', () => CreateProviderInput, { description: 'What it is and where.' }) input: CreateProviderInput,
    @Ctx() context: RequestContext,
  ): Promise<Provider> {
    return createProvider(context.needs, requireViewer(context), input);
  }

  @Mutation(() => ProviderType, {
    description:
      'Changes a provider. Administrators only. Address and key of one from the environment are changed there.',
  })
  updateProvider(
    @Arg('input', () => UpdateProviderInput, { description: 'What to change.' }) input: UpdateProviderInput,
    @Ctx() context: RequestContext,
  ): Promise<Provider> {
    const { id, ...changes } = input;
    return updateProvider(context.needs, requireViewer(context), id, changes);
  }

  @Mutation(() => ID, {
    description:
      'Deletes a provider with all its models, for good. Administrators only. Their conversations can be read, but not continued. Returns its id.',
  })
  async deleteProvider(
    @Arg('id', () => ID, { description: 'The provider.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<string> {
    await deleteProvider(context.needs, requireViewer(context), id);
    return id;
  }

  @Mutation(() => ProviderTestType, {
    description:
      'Asks a provider for its models, to see whether address and key are right; where `modelName` is given, that model is also offered a harmless tool, to see how it takes tools. ' +
      'That is a real request of some hundred tokens, which no budget and no report counts. It takes at most a minute. Administrators only.',
  })
  testProvider(
    @Args(() => TestProviderArgs) { id, modelName = null }: TestProviderArgs,
    @Ctx() context: RequestContext,
  ): Promise<ProviderTestType> {
    return testProvider(context.needs, requireViewer(context), id, modelName);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Its address; null unless you are an administrator.' })
  baseUrl(@Root() { baseUrl }: Provider, @Ctx() context: RequestContext): string | null {
    return isAdministrator(requireViewer(context)) ? baseUrl : null;
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Whether a key is kept for it; the key itself is never shown. Null unless you are an administrator.',
  })
  hasApiKey(@Root() { hasApiKey }: Provider, @Ctx() context: RequestContext): boolean | null {
    return isAdministrator(requireViewer(context)) ? hasApiKey : null;
  }

  @FieldResolver(() => Boolean, { description: 'Whether its models may be used.' })
  enabled(@Root() provider: Provider): boolean {
    return isUsable(provider);
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether the environment of the server set it up: its address and key are changed there.',
  })
  isFromEnvironment(@Root() { preset }: Provider): boolean {
    return preset !== null;
  }

  @FieldResolver(() => [ModelType], { description: 'Its models, by display name.' })
  models(@Root() { id }: Provider, @Ctx() { loaders }: RequestContext): Promise<readonly Model[]> {
    return loaders.modelsOfProvider.load(id);
  }
}
