import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { NodeType } from '../node/node-type.js';

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
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Another address. If its host is another one, the key must be given again.',
  })
  baseUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'Another key; null forgets it.' })
  apiKey?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether its models may be used.' })
  enabled?: boolean | null;
}
