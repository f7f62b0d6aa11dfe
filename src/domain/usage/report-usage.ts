import { AppError, InvalidInputError } from '../../base/errors.js';
import { startOfMonth } from './month.js';
import type { UsageGrouping, UsageSummary } from './usage-store.js';
import type { Needs } from '../needs.js';
import { isAdministrator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';

/** Groups of one report. */
export const MAX_USAGE_GROUPS = 400;

/** Names of groupings that one report may be asked by. */
const MAX_GROUPINGS = 100;

/** Days that one report may reach over. */
const MAX_DAYS = 400;

const DAY_MS = 86_400_000;

/** Whose calls a report is on. */
export type UsageScope = 'OWN' | 'EVERYBODY';

export type UsageFilter = {
  /** @default 'OWN' */
  readonly scope?: UsageScope | undefined;
  /** One user's calls. */
  readonly userId?: string | null | undefined;
  readonly modelId?: string | null | undefined;
  readonly conversationId?: string | null | undefined;
  /** @default the start of this month (UTC) */
  readonly from?: Date | null | undefined;
  /** Not included. @default now */
  readonly to?: Date | null | undefined;
  /** @default ['DAY'] */
  readonly groupBy?: readonly UsageGrouping[] | undefined;
};

/** `from` and `to` say what it reaches over. */
export type UsageReport = UsageSummary & { readonly from: Date; readonly to: Date };

/**
 * What model calls took, failed and cancelled ones too: one's own, for administrators anybody's. Which conversations others have, and what each took, is told to nobody.
 *
 * @throws {AppError} FORBIDDEN; INVALID_INPUT for a time that ends before it begins, or is longer than 400 days, or for more than 100 groupings.
 */
export async function reportUsage(
  { usage, clock }: Pick<Needs, 'usage' | 'clock'>,
  viewer: Viewer,
  filter: UsageFilter,
): Promise<UsageReport> {
  const { modelId = null, conversationId = null, groupBy = ['DAY'] } = filter;
  const userId = filter.scope === 'EVERYBODY' ? (filter.userId ?? null) : (filter.userId ?? viewer.id);
  const now = clock.now();
  const from = filter.from ?? startOfMonth(now);
  const to = filter.to ?? now;
  if (to < from) throw new InvalidInputError('to', 'It ends before it begins.');
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MS)
    throw new InvalidInputError('from', `A report reaches over at most ${MAX_DAYS} days.`);
  if (groupBy.length > MAX_GROUPINGS) throw new InvalidInputError('groupBy', `At most ${MAX_GROUPINGS} at a time.`);
  if (userId !== viewer.id) {
    if (!isAdministrator(viewer)) throw new AppError('FORBIDDEN', 'Only administrators see what others use.');
    if (conversationId !== null || groupBy.includes('CONVERSATION'))
      throw new AppError('FORBIDDEN', 'Nobody sees which conversations others have.');
  }
  const query = { userId, modelId, conversationId, from, to, groupBy, maxGroups: MAX_USAGE_GROUPS };
  return { ...(await usage.summarize(query)), from, to };
}
