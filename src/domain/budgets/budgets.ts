import { InvalidInputError, NotFoundError } from '../../base/errors.js';
import type { Usage } from '../models/usage.js';
import type { Needs } from '../needs.js';
import { isAdministrator, requireAdministrator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';
import {
  addAmounts,
  monthOf,
  NOTHING_TAKEN,
  startOfMonth,
  startOfNextMonth,
  type Amount,
  type BudgetLimits,
  type BudgetSubject,
} from './budget.js';

const MOST_TOKENS = 1e15;
const MOST_COST = 1e9;

/** A budget as people see it. */
export type Budget = BudgetLimits & {
  readonly userId: string;
  /** This month. */
  readonly spent: Amount;
  /** Kept free for calls that are under way. */
  readonly reserved: Amount;
  /** When the next month begins. */
  readonly resetsAt: Date;
};

export const userSubject = (id: string): BudgetSubject => ({ kind: 'USER', id });

export const amountOf = ({ inputTokens, outputTokens, cost }: Usage): Amount => ({
  tokens: inputTokens + outputTokens,
  cost: cost ?? 0,
});

/**
 * Sets what a user may take in a calendar month (UTC), in tokens, in US dollars, or both; without either the user is not limited any more. Administrators only.
 * A first budget counts what was taken in this month already, but not calls that are under way when it is set.
 *
 * @throws {AppError} FORBIDDEN; NOT_FOUND; INVALID_INPUT for a limit that is negative, too large, or half a token.
 */
export async function setBudget(
  needs: Pick<Needs, 'users' | 'budgets' | 'usage' | 'clock'>,
  viewer: Viewer,
  input: { readonly userId: string } & BudgetLimits,
): Promise<Budget> {
  requireAdministrator(viewer);
  const { userId, maxTokens, maxCost } = input;
  checkLimits(input);
  if (!(await needs.users.find(userId))) throw new NotFoundError('user');

  const now = needs.clock.now();
  const subject = userSubject(userId);
  const { total } = await needs.usage.summarize({
    userId,
    modelId: null,
    conversationId: null,
    from: startOfMonth(now),
    to: startOfNextMonth(now),
    groupBy: [],
    maxGroups: 0,
  });
  const spent = amountOf(total.usage);
  if (maxTokens === null && maxCost === null) {
    await needs.budgets.delete(subject);
    return { userId, maxTokens, maxCost, spent, reserved: NOTHING_TAKEN, resetsAt: startOfNextMonth(now) };
  }
  await needs.budgets.setLimits(subject, { maxTokens, maxCost }, { month: monthOf(now), spent });
  return (await findBudget(needs, userId)) ?? setBudget(needs, viewer, input);
}

/** A user's budget as it stands now: one's own, for administrators anybody's. Null where there is none, or it is not for the viewer to see. */
export async function visibleBudget(
  needs: Pick<Needs, 'budgets' | 'clock'>,
  viewer: Viewer,
  userId: string,
): Promise<Budget | null> {
  return viewer.id === userId || isAdministrator(viewer) ? findBudget(needs, userId) : null;
}

async function findBudget(
  { budgets, clock }: Pick<Needs, 'budgets' | 'clock'>,
  userId: string,
): Promise<Budget | null> {
  const now = clock.now();
  const account = await budgets.find(userSubject(userId), monthOf(now));
  if (!account) return null;
  const { maxTokens, maxCost, spent, reservations } = account;
  const reserved = reservations
    .filter(({ until }) => until > now)
    .map(({ amount }) => amount)
    .reduce(addAmounts, NOTHING_TAKEN);
  return { userId, maxTokens, maxCost, spent, reserved, resetsAt: startOfNextMonth(now) };
}

function checkLimits({ maxTokens, maxCost }: BudgetLimits): void {
  if (maxTokens !== null && !(Number.isInteger(maxTokens) && maxTokens >= 0 && maxTokens <= MOST_TOKENS))
    throw new InvalidInputError('maxTokens', `A whole number from 0 to ${MOST_TOKENS}.`);
  if (maxCost !== null && !(maxCost >= 0 && maxCost <= MOST_COST))
    throw new InvalidInputError('maxCost', `US dollars, from 0 to ${MOST_COST}.`);
}
