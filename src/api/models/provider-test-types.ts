import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import type { ErrorCode } from '../../base/errors.js';
import type { ToolMode } from '../../domain/models/model.js';
import type { ProviderTest, TestFailure, ToolTest } from '../../domain/models/test-provider.js';
import { ErrorCodeEnum } from '../error-codes.js';
import { ToolModeEnum } from './model-types.js';

@ArgsType()
export class TestProviderArgs {
  @Field(() => ID, { description: 'The provider.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'One of its models, as the service calls it; it need not be registered. Without it no model is asked.',
  })
  modelName?: string | null;
}

@ObjectType('ProviderTestError', {
  description: 'Why a provider, or its model, did not answer.',
  simpleResolvers: true,
})
class ProviderTestErrorType implements TestFailure {
  @Field(() => ErrorCodeEnum, { description: 'Such as UPSTREAM_REFUSED for a wrong key.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'For people.' })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'What the service said, at most 500 characters, without secrets.',
  })
  providerMessage!: string | null;
}

@ObjectType('ToolTest', { description: 'How a model did when it was offered a tool.', simpleResolvers: true })
class ToolTestType implements ToolTest {
  @Field(() => String, { description: 'The model, as the service calls it.' })
  modelName!: string;

  @Field(() => ToolModeEnum, {
    nullable: true,
    description:
      'The first way to offer tools that the service took: TOOLS, FUNCTIONS or REACT; null if it took none. It is remembered for a registered model whose mode is AUTO.',
  })
  toolMode!: ToolMode | null;

  @Field(() => Boolean, { description: 'Whether the model called the tool. Some services take tools and lose them.' })
  hasCalledTool!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'Milliseconds until the answer was there; null if it did not come.',
  })
  latencyMs!: number | null;

  @Field(() => ProviderTestErrorType, { nullable: true, description: 'Null if all is well.' })
  error!: ProviderTestErrorType | null;
}

@ObjectType('ProviderTest', { description: 'How a provider did when it was tried.', simpleResolvers: true })
export class ProviderTestType implements ProviderTest {
  @Field(() => Boolean, { description: 'Whether it answered with a list of models.' })
  isReachable!: boolean;

  @Field(() => Int, { nullable: true, description: 'Milliseconds until the list was there; null if it did not come.' })
  latencyMs!: number | null;

  @Field(() => [String], { description: 'The models that it offers, as it calls them; at most 1000.' })
  modelNames!: readonly string[];

  @Field(() => [String], { description: 'Those of `modelNames` that `createModel` has not registered yet.' })
  unregisteredModelNames!: readonly string[];

  @Field(() => ProviderTestErrorType, { nullable: true, description: 'Null if the list came.' })
  error!: ProviderTestErrorType | null;

  @Field(() => ToolTestType, { nullable: true, description: 'How the model did that was named; null if none was.' })
  toolTest!: ToolTestType | null;
}
