/** Whose calls a budget limits. */
export type BudgetSubject = { readonly kind: 'USER'; readonly id: string };

/** What model calls take, or may take. */
export type Amount = {
  /** Input and output together. */
  readonly tokens: number;
  /** US dollars. Calls of a model without a price cost nothing. */
  readonly cost: number;
};

/** The most that may be taken in one calendar month (UTC); null is not limited. */
export type BudgetLimits = { readonly maxTokens: number | null; readonly maxCost: number | null };

/** What is kept free for one call of a model until it is known what it took. */
export type Reservation = {
  /** The id of the call's usage record. */
  readonly callId: string;
  readonly runId: string;
  readonly amount: Amount;
  /** By then the call has been settled, or the process that made it is gone. */
  readonly until: Date;
};

/** A budget as it stands in one month. */
export type BudgetAccount = BudgetLimits & {
  readonly subject: BudgetSubject;
  readonly spent: Amount;
  readonly reservations: readonly Reservation[];
};

export const NOTHING_TAKEN: Amount = { tokens: 0, cost: 0 };

export function addAmounts(a: Amount, b: Amount): Amount {
  return { tokens: a.tokens + b.tokens, cost: a.cost + b.cost };
}

export function fitsInto({ tokens, cost }: Amount, { maxTokens, maxCost }: BudgetLimits): boolean {
  return (maxTokens === null || tokens <= maxTokens) && (maxCost === null || cost <= maxCost);
}
