import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { isUsable, type Model, type Provider } from '../../domain/models/model.js';
import { createModel, deleteModel, listModels, updateModel } from '../../domain/models/models.js';
import { requireViewer, type RequestContext } from '../context.js';
import { CreateModelInput, ModelType, UpdateModelInput } from './model-types.js';
import { ProviderType } from './provider-types.js';

@Resolver(() => ModelType)
export class ModelResolver {
  @Query(() => [ModelType], { description: 'All models, by display name, those that are disabled too.' })
  models(@Ctx() context: RequestContext): Promise<Model[]> {
    requireViewer(context);
    return listModels(context.needs);
  }

  @Mutation(() => ModelType, {
    description: 'Registers a model of a provider, which is not contacted. Administrators only.',
  })
  createModel(
    @Arg('input', () => CreateModelInput, { description: 'Which one, and how it is used.' }) input: CreateModelInput,
    @Ctx() context: RequestContext,
  ): Promise<Model> {
    return createModel(context.needs, requireViewer(context), input);
  }

  @Mutation(() => ModelType, { description: 'Changes how a model is used. Administrators only.' })
  updateModel(
    @Arg('input', () => UpdateModelInput, { description: 'What to change.' }) input: UpdateModelInput,
    @Ctx() context: RequestContext,
  ): Promise<Model> {
    const { id, isDefault, ...changes } = input;
    return updateModel(context.needs, requireViewer(context), id, changes, isDefault === true);
  }

  @Mutation(() => ID, {
    description:
      'Deletes a model for good. Administrators only. Its conversations can be read, but not continued. Returns its id.',
  })
  async deleteModel(
    @Arg('id', () => ID, { description: 'The model.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<string> {
    await deleteModel(context.needs, requireViewer(context), id);
    return id;
  }

  @FieldResolver(() => ProviderType, { description: 'Who offers it.' })
  provider(@Root() { providerId }: Model, @Ctx() { loaders }: RequestContext): Promise<Provider | null> {
    return loaders.providers.load(providerId);
  }

  @FieldResolver(() => Boolean, { description: 'Whether it may be used: neither it nor its provider is disabled.' })
  async enabled(@Root() model: Model, @Ctx() { loaders }: RequestContext): Promise<boolean> {
    const provider = await loaders.providers.load(model.providerId);
    return isUsable(model) && provider !== null && isUsable(provider);
  }

  @FieldResolver(() => Boolean, {
    description:
      'Whether it is the one that is used where nobody names another. There is one of each kind at most: the first that was registered, for which the demo makes way; where it cannot be used any more, the oldest that can.',
  })
  async isDefault(@Root() { id, kind }: Model, @Ctx() { loaders }: RequestContext): Promise<boolean> {
    const chosen = await loaders.defaultModels.load(kind);
    return chosen?.id === id;
  }
}
