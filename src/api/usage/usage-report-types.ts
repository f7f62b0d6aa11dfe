import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { UsageGrouping } from '../../domain/usage/usage-store.js';
import type { UsageScope } from '../../domain/usage/report-usage.js';

const UsageGroupingEnum = {
  DAY: 'DAY',
  MODEL: 'MODEL',
  CONVERSATION: 'CONVERSATION',
  USER: 'USER',
} as const satisfies { [By in UsageGrouping]: By };
registerEnumType(UsageGroupingEnum, {
  name: 'UsageGrouping',
  description: 'What model calls are put together by.',
  valuesConfig: {
    DAY: { description: 'The day on which they ended, in UTC.' },
    MODEL: { description: 'The model that was asked.' },
    CONVERSATION: { description: 'The conversation; for your own calls only.' },
    USER: { description: 'Who sent the message.' },
  },
});

const UsageScopeEnum = { OWN: 'OWN', EVERYBODY: 'EVERYBODY' } as const satisfies { [Scope in UsageScope]: Scope };
registerEnumType(UsageScopeEnum, {
  name: 'UsageScope',
  description: 'Whose model calls.',
  valuesConfig: {
    OWN: { description: 'Yours, or those of the user that is named.' },
    EVERYBODY: { description: 'Everybody’s. Administrators only.' },
  },
});

@InputType({ description: 'Which model calls to sum up, and how.' })
export class UsageFilter {
  @Field(() => UsageScopeEnum, { defaultValue: UsageScopeEnum.OWN, description: 'Whose.' })
  scope?: UsageScope;

  @Field(() => ID, { nullable: true, description: "One user's. Of others: administrators only." })
  userId?: string | null;

  @Field(() => ID, { nullable: true, description: 'One model’s, also if it was deleted.' })
  modelId?: string | null;

  @Field(() => ID, { nullable: true, description: 'One conversation’s, of your own calls, also if it was deleted.' })
  conversationId?: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'From when on, at most 400 days before `to`; null is the start of this month in UTC.',
  })
  from?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Until when, not included; null is now.' })
  to?: Date | null;

  @Field(() => [UsageGroupingEnum], {
    defaultValue: [UsageGroupingEnum.DAY],
    description: 'A group for each of these, or for each combination of several, at most 100; [] is the total alone.',
  })
  groupBy?: UsageGrouping[];
}

@ObjectType('UsageTotal', {
  description: 'What model calls took together. Counts of tokens are whole numbers that may be beyond an Int.',
  simpleResolvers: true,
})
export class UsageTotalType {
  @Field(() => Int, { description: 'How many, failed and cancelled ones too.' })
  calls!: number;

  @Field(() => Float, { description: 'Tokens that models were told.' })
  inputTokens!: number;

  @Field(() => Float, { description: 'Tokens that models wrote, reasoning included.' })
  outputTokens!: number;

  @Field(() => Float, { description: 'Input and output together.' })
  totalTokens!: number;

  @Field(() => Float, { description: 'The part of the input that services read from their caches.' })
  cachedTokens!: number;

  @Field(() => Float, { description: 'The part of the output that was reasoning.' })
  reasoningTokens!: number;

  @Field(() => Float, { nullable: true, description: 'US dollars; null where no model of them has a price.' })
  cost!: number | null;

  @Field(() => Boolean, { description: 'Counted here, at least in part, because a service did not say.' })
  isEstimated!: boolean;
}

@ObjectType('UsageGroup', {
  description: 'Model calls that have in common what they were put together by; the rest of its names is null.',
  simpleResolvers: true,
})
export class UsageGroupType {
  @Field(() => String, { nullable: true, description: 'The day in UTC, such as 2026-11-25.' })
  day!: string | null;

  @Field(() => ID, { nullable: true, description: 'The model, which may have been deleted.' })
  modelId!: string | null;

  @Field(() => String, { nullable: true, description: 'The model, as its service called it then.' })
  modelName!: string | null;

  @Field(() => ID, { nullable: true, description: 'The conversation, which may have been deleted.' })
  conversationId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The user.' })
  userId!: string | null;

  @Field(() => UsageTotalType, { description: 'What they took together.' })
  total!: UsageTotalType;
}

@ObjectType('UsageReport', { description: 'What model calls took.', simpleResolvers: true })
export class UsageReportType {
  @Field(() => GraphQLDateTime, { description: 'From when on.' })
  from!: Date;

  @Field(() => GraphQLDateTime, { description: 'Until when, not included.' })
  to!: Date;

  @Field(() => UsageTotalType, { description: 'What all of them took together.' })
  total!: UsageTotalType;

  @Field(() => [UsageGroupType], {
    description: 'At most 400: the newest day first, then those that took the most tokens.',
  })
  groups!: UsageGroupType[];

  @Field(() => Boolean, { description: 'There are more groups than these; `total` counts them all.' })
  isTruncated!: boolean;
}
