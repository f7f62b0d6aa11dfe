import { index, modelOptions, prop } from '@typegoose/typegoose';
import type { Connection } from 'mongoose';
import type { Usage } from '../../domain/usage/usage.js';
import type {
  UsageGroup,
  UsageGrouping,
  UsageQuery,
  UsageRecord,
  UsageStore,
  UsageSummary,
  UsageTotal,
} from '../../domain/usage/usage-store.js';
import { driverCollectionOf, modelOf, withId, withUnderscoreId } from './record.js';

/** How the usage of one model call lies in MongoDB. */
@modelOptions({ schemaOptions: { collection: 'usage', versionKey: false } })
@index({ conversationId: 1 })
@index({ userId: 1, at: 1 })
@index({ at: 1 })
class ModelCallRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  userId!: string;

  @prop({ type: () => String, default: null })
  conversationId!: string | null;

  @prop({ type: () => String, required: true })
  runId!: string;

  @prop({ type: () => String, default: null })
  messageId!: string | null;

  @prop({ type: () => String, required: true })
  modelId!: string;

  @prop({ type: () => String, required: true })
  modelName!: string;

  @prop({ type: () => Number, required: true })
  step!: number;

  @prop({ type: () => String, required: true })
  outcome!: UsageRecord['outcome'];

  @prop({ type: () => Number, required: true })
  inputTokens!: number;

  @prop({ type: () => Number, required: true })
  outputTokens!: number;

  @prop({ type: () => Number, required: true })
  cachedTokens!: number;

  @prop({ type: () => Number, required: true })
  reasoningTokens!: number;

  @prop({ type: () => Number, default: null })
  cost!: number | null;

  @prop({ type: () => Boolean, required: true })
  isEstimated!: boolean;

  @prop({ type: () => Date, required: true })
  at!: Date;
}

/** What a sum over no records is. */
const NOTHING: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  cost: null,
  isEstimated: false,
};

/** The sums of a group of records. */
const SUMS = {
  calls: { $sum: 1 },
  inputTokens: { $sum: '$inputTokens' },
  outputTokens: { $sum: '$outputTokens' },
  cachedTokens: { $sum: '$cachedTokens' },
  reasoningTokens: { $sum: '$reasoningTokens' },
  cost: { $sum: '$cost' },
  pricedCalls: { $sum: { $cond: [{ $eq: ['$cost', null] }, 0, 1] } },
  isEstimated: { $max: '$isEstimated' },
};

type Sums = Omit<Usage, 'cost'> & { calls: number; cost: number; pricedCalls: number };

const GROUP_KEYS = {
  DAY: { day: { $dateToString: { date: '$at', format: '%Y-%m-%d' } } },
  MODEL: { modelId: '$modelId' },
  CONVERSATION: { conversationId: '$conversationId' },
  USER: { userId: '$userId' },
} as const satisfies { [By in UsageGrouping]: object };

type GroupRow = Sums & {
  _id: { day?: string; modelId?: string; conversationId?: string; userId?: string };
  modelName: string;
};

export class MongoUsageStore implements UsageStore {
  readonly #records;
  readonly #collection;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, ModelCallRecord);
    this.#collection = driverCollectionOf<ModelCallRecord>(connection, this.#records);
  }

  async record(records: readonly UsageRecord[]): Promise<void> {
    await this.#collection.bulkWrite(
      records.map(({ usage, ...call }) => {
        const { _id, ...fields } = withUnderscoreId({ ...call, ...usage });
        return { updateOne: { filter: { _id }, update: { $setOnInsert: fields }, upsert: true } };
      }),
      { ordered: false },
    );
  }

  async findMany(ids: readonly string[]): Promise<UsageRecord[]> {
    const records = await this.#records.find({ _id: { $in: ids } }).lean();
    return records.map(toRecord);
  }

  async totalOfConversation(conversationId: string): Promise<Usage> {
    return (await this.#total({ conversationId })).usage;
  }

  totalOfRun(runId: string): Promise<{ usage: Usage; steps: number }> {
    // The ids of a run's calls begin with its own: so the index of ids serves, and `.` comes right after `-`.
    return this.#total({ _id: { $gte: `${runId}-`, $lt: `${runId}.` } });
  }

  async #total(match: Record<string, unknown>): Promise<{ usage: Usage; steps: number }> {
    const [total] = await this.#records.aggregate<Sums & { steps: number }>([
      { $match: match },
      { $group: { _id: null, ...SUMS, steps: { $max: '$step' } } },
    ]);
    return { usage: toTotal(total).usage, steps: total?.steps ?? 0 };
  }

  async summarize(query: UsageQuery): Promise<UsageSummary> {
    const { from, to, groupBy, maxGroups } = query;
    const [found] = await this.#records.aggregate<{ total: Sums[]; groups: GroupRow[] }>([
      { $match: { at: { $gte: from, $lt: to }, ...chosen(query) } },
      {
        $facet: {
          total: [{ $group: { _id: null, ...SUMS } }],
          groups: [
            { $group: { _id: keyOf(groupBy), modelName: { $max: '$modelName' }, ...SUMS } },
            { $addFields: { tokens: { $add: ['$inputTokens', '$outputTokens'] } } },
            { $sort: { '_id.day': -1, tokens: -1, '_id.modelId': 1, '_id.conversationId': 1, '_id.userId': 1 } },
            { $limit: maxGroups + 1 },
          ],
        },
      },
    ]);
    const rows = groupBy.length === 0 ? [] : (found?.groups ?? []);
    return {
      total: toTotal(found?.total[0]),
      groups: rows.slice(0, maxGroups).map(toGroup),
      isTruncated: rows.length > maxGroups,
    };
  }
}

/** The part of the filter that names things. */
function chosen({ userId, modelId, conversationId }: UsageQuery): Record<string, string> {
  return {
    ...(userId !== null && { userId }),
    ...(modelId !== null && { modelId }),
    ...(conversationId !== null && { conversationId }),
  };
}

const keyOf = (groupBy: readonly UsageGrouping[]): object => Object.assign({}, ...groupBy.map((by) => GROUP_KEYS[by]));

function toTotal(sums: Sums | undefined): UsageTotal {
  if (!sums) return { calls: 0, usage: NOTHING };
  const { calls, inputTokens, outputTokens, cachedTokens, reasoningTokens, pricedCalls, isEstimated } = sums;
  const cost = pricedCalls === 0 ? null : sums.cost;
  return { calls, usage: { inputTokens, outputTokens, cachedTokens, reasoningTokens, cost, isEstimated } };
}

function toGroup({ _id, modelName, ...sums }: GroupRow): UsageGroup {
  const { day = null, modelId = null, conversationId = null, userId = null } = _id;
  return { day, modelId, modelName: modelId === null ? null : modelName, conversationId, userId, ...toTotal(sums) };
}

function toRecord(record: ModelCallRecord): UsageRecord {
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens, cost, isEstimated, ...call } = withId(record);
  return { ...call, usage: { inputTokens, outputTokens, cachedTokens, reasoningTokens, cost, isEstimated } };
}
