import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import type { Amount } from '../../domain/budgets/budget.js';

@ObjectType('BudgetAmount', { description: 'What model calls take.', simpleResolvers: true })
export class BudgetAmountType {
  @Field(() => Float, { description: 'Tokens, input and output together: a whole number, which may be beyond an Int.' })
  tokens!: number;

  @Field(() => Float, { description: 'US dollars. Calls of a model without a price cost nothing.' })
  cost!: number;
}

@ObjectType('Budget', {
  description:
    'What the model calls of a user may take in one calendar month (UTC). Before each call the most that it may take is reserved; what does not fit is refused with BUDGET_EXCEEDED.',
  simpleResolvers: true,
})
export class BudgetType {
  @Field(() => ID, { description: 'Whose it is.' })
  userId!: string;

  @Field(() => Float, { nullable: true, description: 'Most tokens of a month; null is not limited.' })
  maxTokens!: number | null;

  @Field(() => Float, { nullable: true, description: 'Most US dollars of a month; null is not limited.' })
  maxCost!: number | null;

  @Field(() => BudgetAmountType, { description: 'What was taken this month.' })
  spent!: Amount;

  @Field(() => BudgetAmountType, { description: 'What is kept free for calls that are under way.' })
  reserved!: Amount;

  @Field(() => GraphQLDateTime, { description: 'When the next month begins, and `spent` is nothing again.' })
  resetsAt!: Date;
}

@InputType({ description: 'What a user may take in a month. Without either limit they are not limited any more.' })
export class SetBudgetInput {
  @Field(() => ID, { description: 'Whose budget.' })
  userId!: string;

  @Field(() => Float, {
    nullable: true,
    description: 'Tokens, input and output together: a whole number up to 1e15; null is not limited.',
  })
  maxTokens?: number | null;

  @Field(() => Float, { nullable: true, description: 'US dollars, up to 1e9; null is not limited.' })
  maxCost?: number | null;
}
