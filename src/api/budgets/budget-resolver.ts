import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { maySeeBudget, ownBudget, setBudget, type Budget } from '../../domain/budgets/budgets.js';
import { requireViewer, type RequestContext } from '../context.js';
import { UserType } from '../users/user-types.js';
import { BudgetType, SetBudgetInput } from './budget-types.js';

@Resolver(() => UserType)
export class BudgetResolver {
  @Query(() => BudgetType, { nullable: true, description: 'Your own budget; null where nobody has limited you.' })
  budget(@Ctx() context: RequestContext): Promise<Budget | null> {
    return ownBudget(context.needs, requireViewer(context));
  }

  @Mutation(() => BudgetType, {
    description:
      'Limits what a user may take in a month, or lifts the limits. Administrators only. What was taken this month already counts, but not calls that are under way without a budget.',
  })
  setBudget(
    @Arg('input', () => SetBudgetInput, { description: 'Whose, and how much.' }) input: SetBudgetInput,
    @Ctx() context: RequestContext,
  ): Promise<Budget> {
    const { userId, maxTokens = null, maxCost = null } = input;
    return setBudget(context.needs, requireViewer(context), { userId, maxTokens, maxCost });
  }

  @FieldResolver(() => BudgetType, {
    name: 'budget',
    nullable: true,
    description:
      'What they may take; null if nobody has limited them, and for everybody but themselves and administrators.',
  })
  async budgetOf(@Root() { id }: UserType, @Ctx() context: RequestContext): Promise<Budget | null> {
    const { authentication, loaders } = context;
    const maySee = 'viewer' in authentication && maySeeBudget(authentication.viewer, id);
    return maySee ? loaders.budgets.load(id) : null;
  }
}
