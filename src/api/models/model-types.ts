import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ModelKind, ToolMode } from '../../domain/models/model.js';
import { NodeType } from '../node/node-type.js';

export const ToolModeEnum = {
  AUTO: 'AUTO',
  TOOLS: 'TOOLS',
  FUNCTIONS: 'FUNCTIONS',
  REACT: 'REACT',
  NONE: 'NONE',
} as const satisfies { [Mode in ToolMode]: Mode };
registerEnumType(ToolModeEnum, {
  name: 'ToolMode',
  description: 'How a model is asked to use tools.',
  valuesConfig: {
    AUTO: { description: 'Starts at TOOLS and steps down when the service refuses, and remembers what worked.' },
    TOOLS: { description: 'By `tools`, as most services take it.' },
    FUNCTIONS: { description: 'By the older `functions`.' },
    REACT: { description: 'By words: Thought, Action, Action Input, Observation.' },
    NONE: { description: 'Not at all.' },
  },
});

export const ModelKindEnum = { CHAT: 'CHAT', EMBEDDING: 'EMBEDDING' } as const satisfies { [Kind in ModelKind]: Kind };
registerEnumType(ModelKindEnum, {
  name: 'ModelKind',
  description: 'What a model is for.',
  valuesConfig: {
    CHAT: { description: 'Answers messages.' },
    EMBEDDING: { description: 'Turns text into vectors for search.' },
  },
});

@ObjectType('Model', {
  description: 'A model that a provider offers, with how it is used here.',
  implements: NodeType,
  simpleResolvers: true,
})
export class ModelType extends NodeType {
  /** Resolved where the provider is asked for. */
  providerId!: string;

  @Field(() => String, { description: 'As the service calls it.' })
  name!: string;

  @Field(() => String, { description: 'As people call it.' })
  displayName!: string;

  @Field(() => ModelKindEnum, { description: 'What it is for.' })
  kind!: ModelKind;

  @Field(() => ToolModeEnum, { description: 'How it is asked to use tools.' })
  toolMode!: ToolMode;

  @Field(() => ToolModeEnum, {
    nullable: true,
    description: 'What AUTO has found to work; null until a run has found out.',
  })
  detectedToolMode!: ToolMode | null;

  @Field(() => [ID], {
    description: 'Models that stand in, in this order, when its service fails, where a conversation names none.',
  })
  fallbackModelIds!: readonly string[];

  @Field(() => Int, {
    nullable: true,
    description: 'Tokens that it can hold, input and output together; null where nobody said.',
  })
  contextWindow!: number | null;

  @Field(() => Int, { nullable: true, description: 'Most tokens of one answer; null leaves it to the service.' })
  maxOutputTokens!: number | null;

  @Field(() => Float, { nullable: true, description: '0 to 2; null leaves it to the service.' })
  temperature!: number | null;

  @Field(() => Int, { description: 'Milliseconds until the first byte of an answer.' })
  firstByteTimeoutMs!: number;

  @Field(() => Int, { description: 'Milliseconds between two bytes of an answer.' })
  idleTimeoutMs!: number;

  @Field(() => Float, { nullable: true, description: 'US dollars per million tokens of input.' })
  inputPrice!: number | null;

  @Field(() => Float, { nullable: true, description: 'US dollars per million tokens of output.' })
  outputPrice!: number | null;
}

/** What can be said of a model when it is made and afterwards. */
@InputType()
class ModelSettingsInput {
  @Field(() => String, { nullable: true, description: 'At most 100 characters.' })
  displayName?: string | null;

  @Field(() => ToolModeEnum, { nullable: true, description: 'How it is asked to use tools; AUTO at first.' })
  toolMode?: ToolMode | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Models that stand in, in this order, when its service fails: at most 4.',
  })
  fallbackModelIds?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'Tokens that it can hold, 256 to 100,000,000; null if unknown.' })
  contextWindow?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Most tokens of one answer, 1 to 10,000,000; null leaves it to the service.',
  })
  maxOutputTokens?: number | null;

  @Field(() => Float, { nullable: true, description: '0 to 2; null leaves it to the service.' })
  temperature?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Milliseconds until the first byte of an answer, 1 to 3,600,000; at first as the server is set up.',
  })
  firstByteTimeoutMs?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Milliseconds between two bytes of an answer, 1 to 3,600,000; at first as the server is set up.',
  })
  idleTimeoutMs?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'US dollars per million tokens of input; null if it has no price.',
  })
  inputPrice?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'US dollars per million tokens of output; null if it has no price.',
  })
  outputPrice?: number | null;
}

@InputType({ description: 'A new model.' })
export class CreateModelInput extends ModelSettingsInput {
  @Field(() => ID, { description: 'Its provider.' })
  providerId!: string;

  @Field(() => String, { description: 'As the service calls it; at most 200 characters, unique within the provider.' })
  name!: string;

  @Field(() => ModelKindEnum, { defaultValue: 'CHAT', description: 'What it is for. It cannot be changed.' })
  kind!: ModelKind;
}

@InputType({ description: 'What to change of a model; what is not named stays as it is.' })
export class UpdateModelInput extends ModelSettingsInput {
  @Field(() => ID, { description: 'The model.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'As the service calls it.' })
  name?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it may be used.' })
  enabled?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'True makes it the default of its kind.' })
  isDefault?: boolean | null;
}
