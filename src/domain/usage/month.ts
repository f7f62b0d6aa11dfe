/** A calendar month in UTC, such as `2026-11`. */
export type Month = string;

export const monthOf = (at: Date): Month => at.toISOString().slice(0, 7);

export const startOfMonth = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));

export const startOfNextMonth = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
