import { Field, Float, Int, ObjectType } from 'type-graphql';

@ObjectType('Usage', { description: 'What model calls took, in tokens of the model.', simpleResolvers: true })
export class UsageType {
  @Field(() => Int, { description: 'Tokens that the model was told.' })
  inputTokens!: number;

  @Field(() => Int, { description: 'Tokens that the model wrote, reasoning included.' })
  outputTokens!: number;

  @Field(() => Int, { description: 'Input and output together.', simple: false })
  totalTokens?: number;

  @Field(() => Int, { description: 'The part of the input that the service read from its cache.' })
  cachedTokens!: number;

  @Field(() => Int, { description: 'The part of the output that was reasoning.' })
  reasoningTokens!: number;

  @Field(() => Float, { nullable: true, description: 'US dollars; null where the model has no price.' })
  cost!: number | null;

  @Field(() => Boolean, { description: 'Counted here, at least in part, because the service did not say.' })
  isEstimated!: boolean;
}
