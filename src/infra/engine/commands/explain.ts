import { badValue, invalidNamespace, invalidOptions } from '../errors.js';
import type { Plan } from '../indexes/planner.js';
import { compileFilter } from '../query/filter.js';
import { candidates } from '../store/candidates.js';
import type { Collection } from '../store/collection.js';
import { show } from '../values/show.js';
import type { Document } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { documentArgument, required, stringArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { type Explained, explained } from './explained.js';
import { planSearch, within } from './find-documents.js';

/** How a command would find its documents, and how many it looks at. Nothing is changed, and no pipeline runs. */
export function explain(context: CommandContext): Reply {
  const { body, database } = context;
  if (body.writeConcern !== undefined) throw invalidOptions('Command explain does not support writeConcern');
  const command = required(documentArgument(context, 'explain'), context, 'explain');
  if (command.$db !== undefined && command.$db !== database) {
    throw invalidNamespace(`Mismatched $db in explain command. Expected ${database} but got ${show(command.$db)}`);
  }
  const isPlanOnly = verbosityOf(context) === 'queryPlanner';
  const [name = ''] = Object.keys(command);
  return tell({ ...context, name, body: command }, isPlanOnly);
}

/** `aggregate` with `explain: true`. */
export function explainAggregate(context: CommandContext): Reply {
  const { explain: _, ...body } = context.body;
  return tell({ ...context, body }, true);
}

function tell(context: CommandContext, isPlanOnly: boolean): Reply {
  const about = explained(context);
  const found = describeSearch(context, about, isPlanOnly);
  return { body: { ...(about.rest.length === 0 ? found : { stages: [{ $cursor: found }, ...about.rest] }), ok: 1 } };
}

function verbosityOf(context: CommandContext): string {
  const verbosity = stringArgument(context, 'verbosity') ?? 'allPlansExecution';
  if (VERBOSITIES.has(verbosity)) return verbosity;
  throw badValue(`Enumeration value '${verbosity}' for field 'explain.verbosity' is not a valid value.`);
}

const VERBOSITIES = new Set(['queryPlanner', 'executionStats', 'allPlansExecution']);

function describeSearch(context: CommandContext, about: Explained, isPlanOnly: boolean): Document {
  const { namespace, collection, search } = about;
  if (collection === undefined) {
    return { queryPlanner: { namespace, parsedQuery: search.filter, winningPlan: { stage: 'EOF' } } };
  }
  const { plan, sort } = planSearch(collection, search);
  const queryPlanner = { namespace, parsedQuery: search.filter, winningPlan: describe(plan) };
  if (isPlanOnly) return { queryPlanner };
  const isInOrder = sort === undefined || (plan.kind === 'indexes' && plan.isSorted);
  return { queryPlanner, executionStats: execute(context, collection, plan, { ...about, isInOrder }) };
}

function describe(plan: Plan): Document {
  if (plan.kind === 'collection') return { stage: 'COLLSCAN', direction: plan.isReverse ? 'backward' : 'forward' };
  const scans = plan.accesses.map(({ index }) => ({
    stage: 'IXSCAN',
    keyPattern: index.spec.key,
    indexName: index.name,
    isMultiKey: index.multikey.size > 0,
    direction: plan.isReverse ? 'backward' : 'forward',
  }));
  return scans.length === 1 ? { stage: 'FETCH', inputStage: scans[0] } : { stage: 'OR', inputStages: scans };
}

/** Documents that come in order are looked at until there are enough. */
function execute(
  context: CommandContext,
  collection: Collection,
  plan: Plan,
  { search, env, isInOrder }: Pick<Explained, 'search' | 'env'> & { isInOrder: boolean },
): Document {
  const { filter, skip = 0, limit = 0 } = search;
  const matches = compileFilter(filter, env);
  const enough = isInOrder && limit > 0 ? skip + limit : Infinity;
  let totalDocsExamined = 0;
  let matched = 0;
  for (const { stored } of candidates(context.store, collection, plan)) {
    if (matched >= enough) break;
    context.deadline.check();
    totalDocsExamined++;
    if (matches(stored.document)) matched++;
  }
  return { executionSuccess: true, nReturned: within(matched, { skip, limit }), totalDocsExamined };
}
