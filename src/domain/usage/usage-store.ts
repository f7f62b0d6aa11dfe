import type { Usage } from './usage.js';

/** One call to a model, kept for ever: failed and cancelled ones too. */
export type UsageRecord = {
  /** The same call always has the same id, so that recording it twice counts once. */
  readonly id: string;
  readonly userId: string;
  /** Null where it was no part of a conversation, such as the draft of a summary. */
  readonly conversationId: string | null;
  /** Of the run, or of what else the call was a step of. */
  readonly runId: string;
  /** The answer that it wrote; null where it wrote none. */
  readonly messageId: string | null;
  readonly modelId: string;
  readonly modelName: string;
  readonly step: number;
  readonly outcome: 'COMPLETED' | 'FAILED' | 'CANCELLED';
  readonly usage: Usage;
  readonly at: Date;
};

/** What records of calls can be put together by. A day is one of UTC. */
export type UsageGrouping = 'DAY' | 'MODEL' | 'CONVERSATION' | 'USER';

/** Which calls to sum up, and how; null is any. */
export type UsageQuery = {
  readonly userId: string | null;
  readonly modelId: string | null;
  readonly conversationId: string | null;
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  /** Empty is no groups. */
  readonly groupBy: readonly UsageGrouping[];
  readonly maxGroups: number;
};

export type UsageTotal = { readonly calls: number; readonly usage: Usage };

/** The calls that have in common what is not null here. */
export type UsageGroup = UsageTotal & {
  /** Such as `2026-11-25`. */
  readonly day: string | null;
  readonly modelId: string | null;
  readonly modelName: string | null;
  readonly conversationId: string | null;
  readonly userId: string | null;
};

export type UsageSummary = {
  readonly total: UsageTotal;
  /** The newest day first, then those that took the most tokens. */
  readonly groups: readonly UsageGroup[];
  /** There are more groups than were asked for; the total counts them all. */
  readonly isTruncated: boolean;
};

/** Every implementation passes `test/contract/usage-store.ts`. */
export interface UsageStore {
  /** Keeps those whose ids are not kept yet, in one round trip. */
  record(records: readonly UsageRecord[]): Promise<void>;
  /** Those that are kept, in any order. */
  findMany(ids: readonly string[]): Promise<UsageRecord[]>;
  /** The sum over one conversation; `NO_USAGE` if there is none. */
  totalOfConversation(conversationId: string): Promise<Usage>;
  /** The sum over one run, and the last step that it tells of; `NO_USAGE` and 0 if there is none. */
  totalOfRun(runId: string): Promise<{ usage: Usage; steps: number }>;
  summarize(query: UsageQuery): Promise<UsageSummary>;
}
