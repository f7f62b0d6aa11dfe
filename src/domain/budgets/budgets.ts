import { AppError, InvalidInputError, NotFoundError } from '../../base/errors.js';
import { monthOf, startOfMonth, startOfNextMonth } from '../usage/month.js';
import type { Usage } from '../usage/usage.js';
import type { Needs } from '../needs.js';
import { isAdministrator, requireAdministrator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';
import {
  addAmounts,
  NOTHING_TAKEN,
  type Amount,
  type BudgetAccount,
  type BudgetLimits,
  type BudgetSubject,
} from './budget.js';

/** The largest limits of a month: tokens, and US dollars. */
const MAX_TOKENS = 1e15;
const MAX_COST = 1e9;

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
  const [budget] = await listBudgets(needs, [userId]);
  if (!budget) throw new AppError('CONFLICT', 'The budget was taken away meanwhile.', { isRetryable: true });
  return budget;
}

/** The viewer's own budget as it stands now; null where there is none. */
export async function ownBudget(needs: Pick<Needs, 'budgets' | 'clock'>, viewer: Viewer): Promise<Budget | null> {
  const [budget = null] = await listBudgets(needs, [viewer.id]);
  return budget;
}

/** Whose budget the viewer may see: users their own, administrators everybody's. */
export function maySeeBudget(viewer: Viewer, userId: string): boolean {
  return viewer.id === userId || isAdministrator(viewer);
}

/** The budgets of those users who have one, as they stand now, in any order. It does not ask who may see them. */
export async function listBudgets(
  { budgets, clock }: Pick<Needs, 'budgets' | 'clock'>,
  userIds: readonly string[],
): Promise<Budget[]> {
  const now = clock.now();
  const accounts = await budgets.findMany(userIds.map(userSubject), monthOf(now));
  return accounts.map((account) => toBudget(account, now));
}

function toBudget({ subject, maxTokens, maxCost, spent, reservations }: BudgetAccount, now: Date): Budget {
  const reserved = reservations
    .filter(({ until }) => until > now)
    .map(({ amount }) => amount)
    .reduce(addAmounts, NOTHING_TAKEN);
  return { userId: subject.id, maxTokens, maxCost, spent, reserved, resetsAt: startOfNextMonth(now) };
}

function checkLimits({ maxTokens, maxCost }: BudgetLimits): void {
  if (maxTokens !== null && !(Number.isInteger(maxTokens) && maxTokens >= 0 && maxTokens <= MAX_TOKENS))
    throw new InvalidInputError('maxTokens', `A whole number from 0 to ${MAX_TOKENS}.`);
  if (maxCost !== null && !(maxCost >= 0 && maxCost <= MAX_COST))
    throw new InvalidInputError('maxCost', `US dollars, from 0 to ${MAX_COST}.`);
}
