import type { Needs } from '../needs.js';
import { monthOf } from '../usage/month.js';
import type { BudgetSubject, Reservation } from './budget.js';
import { amountOf } from './budgets.js';

/**
 * Settles calls whose process did not live to do it: by what is on record of them. A call of which nothing is on record brought nothing back, and is taken to have
 * cost nothing, as in the books.
 */
export async function settleByBooks(
  { budgets, usage }: Pick<Needs, 'budgets' | 'usage'>,
  subject: BudgetSubject,
  reservations: readonly Reservation[],
): Promise<void> {
  const callIds = reservations.map(({ callId }) => callId);
  for (const record of await usage.findMany(callIds)) {
    const settlement = { callId: record.id, took: amountOf(record.usage), month: monthOf(record.at) };
    await budgets.settle(subject, settlement);
  }
  await budgets.release(subject, callIds);
}
