import type { Month } from '../usage/month.js';
import type { Amount, BudgetAccount, BudgetLimits, BudgetSubject, Reservation } from './budget.js';

/** A call that took something in a month. */
export type Settlement = { readonly callId: string; readonly took: Amount; readonly month: Month };

/** Each of its writes changes one account, at once. Every implementation passes `test/contract/budget-store.ts`. */
export interface BudgetStore {
  /** As it stands in `month`; null where nothing limits the subject. */
  find(subject: BudgetSubject, month: Month): Promise<BudgetAccount | null>;
  /** Those that there are, in any order. */
  findMany(subjects: readonly BudgetSubject[], month: Month): Promise<BudgetAccount[]>;
  /** Sets the limits. An account that is new begins with what was spent in `month` before. */
  setLimits(subject: BudgetSubject, limits: BudgetLimits, opening: { month: Month; spent: Amount }): Promise<void>;
  /** Forgets the account. */
  delete(subject: BudgetSubject): Promise<void>;
  /** False, and nothing reserved, if it does not fit beside what was spent in `month` and all other reservations, or there is no account. What costs nothing fits however much was spent. */
  reserve(subject: BudgetSubject, month: Month, reservation: Reservation): Promise<boolean>;
  /**
   * Puts what a call took in the place of what was reserved for it, if anything still is. Settling it again soon after changes nothing.
   * Does nothing where there is no account.
   */
  settle(subject: BudgetSubject, settlement: Settlement): Promise<void>;
  /** Gives up what was reserved for calls of which nobody knows that they took anything. */
  release(subject: BudgetSubject, callIds: readonly string[]): Promise<void>;
}
