import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { ErrorCode } from '../../base/errors.js';
import type { ProviderTest } from '../../domain/models/providers.js';
import { NodeType } from '../node/node-type.js';
import { ErrorCodeEnum } from '../runs/run-types.js';

@ObjectType('Provider', {
  description: 'A service that speaks the OpenAI API: OpenAI, DeepSeek, vLLM, Ollama, …',
  implements: NodeType,
  simpleResolvers: true,
})
export class ProviderType extends NodeType {
  @Field(() => String, { description: 'Unique.' })
  name!: string;
}

@InputType({ description: 'A new provider.' })
export class CreateProviderInput {
  @Field(() => String, { description: 'At most 64 characters, unique.' })
  name!: string;

  @Field(() => String, { description: 'Such as `https://api.openai.com/v1` or `http://localhost:11434/v1`.' })
  baseUrl!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Sent to the service as a bearer token. It is kept encrypted and never shown again.',
  })
  apiKey?: string | null;
}

@InputType({ description: 'What to change of a provider; what is not named stays as it is.' })
export class UpdateProviderInput {
  @Field(() => ID, { description: 'The provider.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'At most 64 characters, unique.' })
  name?: string;

  @Field(() => String, {
    nullable: true,
    description: 'Another address. If its host is another one, the key must be given again.',
  })
  baseUrl?: string;

  @Field(() => String, { nullable: true, description: 'Another key; null forgets it.' })
  apiKey?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether its models may be used.' })
  enabled?: boolean;
}

@ObjectType('ProviderTestError', { description: 'Why a provider could not be reached.', simpleResolvers: true })
export class ProviderTestErrorType {
  @Field(() => ErrorCodeEnum, { description: 'Such as UPSTREAM_REFUSED for a wrong key.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'What happened, in our words.' })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'What the service said, at most 500 characters, without secrets.',
  })
  providerMessage!: string | null;
}

@ObjectType('ProviderTest', { description: 'How a provider did when it was tried.', simpleResolvers: true })
export class ProviderTestType implements ProviderTest {
  @Field(() => Boolean, { description: 'Whether it answered with a list of models.' })
  isReachable!: boolean;

  @Field(() => Int, { nullable: true, description: 'Milliseconds until the list was there; null if it did not come.' })
  latencyMs!: number | null;

  @Field(() => [String], { description: 'The models that it offers, as it calls them; at most 1000.' })
  modelNames!: readonly string[];

  @Field(() => ProviderTestErrorType, { nullable: true, description: 'Null if all is well.' })
  error!: ProviderTestErrorType | null;
}
