import { badValue } from '../errors.js';
import type { Plan } from '../indexes/planner.js';
import type { Matcher } from '../query/field-test.js';
import { compileFilter } from '../query/filter.js';
import { candidates } from '../store/candidates.js';
import type { Collection } from '../store/collection.js';
import { asDocument, type Document } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { documentArgument, required, stringArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { planSearch } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { namespaceOf } from './namespaces.js';

/** How a find, count or distinct (or the first `$match` of an aggregation) would be answered, and how many documents it looks at. */
export function explain(context: CommandContext): Reply {
  const command = required(documentArgument(context, 'explain'), context, 'explain');
  const isPlanOnly = verbosityOf(context) === 'queryPlanner';
  const [name = ''] = Object.keys(command);
  const namespace = namespaceOf(context, command[name]);
  const collection = context.store.collection(namespace);
  const filter = filterOf(command);
  const sort = asDocument(command.sort);
  const body: Document = { queryPlanner: { namespace, parsedQuery: filter, winningPlan: { stage: 'EOF' } }, ok: 1 };
  const collation = asDocument(command.collation);
  const matches = compileFilter(filter, queryEnv(context, { collection, collation }));
  if (collection === undefined) return { body };
  const { plan } = planSearch(collection, { filter, sort, collation, hint: command.hint });
  const planned: Document = {
    ...body,
    queryPlanner: { namespace, parsedQuery: filter, winningPlan: describe(plan) },
  };
  if (isPlanOnly) return { body: planned };
  return { body: { ...planned, executionStats: execute(context, collection, plan, matches) } };
}

function verbosityOf(context: CommandContext): string {
  const verbosity = stringArgument(context, 'verbosity') ?? 'allPlansExecution';
  if (VERBOSITIES.has(verbosity)) return verbosity;
  throw badValue(`Enumeration value '${verbosity}' for field 'explain.verbosity' is not a valid value.`);
}

const VERBOSITIES = new Set(['queryPlanner', 'executionStats', 'allPlansExecution']);

function filterOf({ filter, query, q, pipeline }: Document): Document {
  const first: unknown = Array.isArray(pipeline) ? pipeline[0] : undefined;
  return asDocument(filter) ?? asDocument(query) ?? asDocument(q) ?? asDocument(asDocument(first)?.$match) ?? {};
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

function execute(context: CommandContext, collection: Collection, plan: Plan, matches: Matcher): Document {
  let totalDocsExamined = 0;
  let nReturned = 0;
  for (const { stored } of candidates(context.store, collection, plan)) {
    context.deadline.check();
    totalDocsExamined++;
    if (matches(stored.document)) nReturned++;
  }
  return { executionSuccess: true, nReturned, totalDocsExamined };
}
