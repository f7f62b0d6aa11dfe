import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { UsageTotal } from '../../domain/usage/usage-store.js';
import { reportUsage } from '../../domain/usage/report-usage.js';
import { requireViewer, type RequestContext } from '../context.js';
import { UsageFilter, UsageReportType, type UsageTotalType } from './usage-report-types.js';

@Resolver()
export class UsageReportResolver {
  @Query(() => UsageReportType, {
    description:
      'What model calls took, failed and cancelled ones too: your own this month by day, if nothing is said.',
  })
  async usage(
    @Arg('filter', () => UsageFilter, { nullable: true, description: 'Which calls, and how to put them together.' })
    filter: UsageFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<UsageReportType> {
    const { from, to, total, groups, isTruncated } = await reportUsage(
      context.needs,
      requireViewer(context),
      filter ?? {},
    );
    const shown = groups.map(({ calls, usage, ...names }) => ({ ...names, total: toTotal({ calls, usage }) }));
    return { from, to, total: toTotal(total), groups: shown, isTruncated };
  }
}

function toTotal({ calls, usage }: UsageTotal): UsageTotalType {
  return { calls, ...usage, totalTokens: usage.inputTokens + usage.outputTokens };
}
