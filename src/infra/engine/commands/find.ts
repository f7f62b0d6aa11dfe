import { badValue, failedToParse, notImplemented } from '../errors.js';
import { compileProjection } from '../query/projection.js';
import { encode } from '../store/bson.js';
import { type Collection, isView } from '../store/collection.js';
import type { Found } from '../store/records.js';
import type { QueryEnv } from '../values/env.js';
import { asDocument, type Document } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { runPipeline } from './aggregate.js';
import { booleanArgument, countArgument, documentArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { checkSearch, findDocuments, type Search } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { evaluateLet } from './let-variables.js';
import { namespaceOf } from './namespaces.js';
import { follow } from './tailable.js';

export function find(context: CommandContext): Reply {
  const { store, cursors, deadline } = context;
  const { namespace, collection, search, env, project } = prepareFind(context);
  const isTailable = booleanArgument(context, 'tailable');
  const awaitsData = booleanArgument(context, 'awaitData');
  if (awaitsData && !isTailable) throw failedToParse("Cannot set 'awaitData' without also setting 'tailable'");
  const cursor = cursors.open({
    namespace,
    documents: isTailable
      ? toBytes(follow(store, tailableCollection(collection), search.filter, env), project)
      : documentsOf(context, collection, search, env, project),
    deadline,
    batchSize: countArgument(context, 'batchSize'),
    // As in mongod, nothing is followed that has nothing yet.
    isSingleBatch: booleanArgument(context, 'singleBatch') || (isTailable && collection?.count === 0),
    isTailable,
    awaitsData,
    hasNoTimeout: booleanArgument(context, 'noCursorTimeout'),
  });
  return { body: { ok: 1 }, cursor };
}

type Prepared = {
  namespace: string;
  collection: Collection | undefined;
  search: Search;
  env: QueryEnv;
  project: Project;
};

/** @throws {EngineError} for options and projections that are refused. */
export function prepareFind(context: CommandContext): Prepared {
  refuseOptions(context);
  const namespace = namespaceOf(context, context.body.find);
  const collection = context.store.collection(namespace);
  const search = searchOf(context);
  const env = queryEnv(context, { collection, collation: search.collation, variables: evaluateLet(context) });
  return { namespace, collection, search, env, project: projectionOf(context, search.filter, env) };
}

/** @throws {EngineError} 238 for options that would change the answer, and are not done here. */
function refuseOptions({ body }: CommandContext): void {
  for (const option of ['min', 'max', 'returnKey', 'showRecordId']) {
    const value = body[option];
    if (value === undefined || value === false || Object.keys(asDocument(value) ?? { given: true }).length === 0)
      continue;
    throw notImplemented(`The option '${option}' of find is not supported by the embedded engine`);
  }
}

function searchOf(context: CommandContext): Search {
  return {
    filter: documentArgument(context, 'filter') ?? {},
    sort: documentArgument(context, 'sort'),
    skip: countArgument(context, 'skip'),
    limit: countArgument(context, 'limit'),
    collation: documentArgument(context, 'collation'),
    hint: context.body.hint,
  };
}

type Project = ((document: Document) => Document) | undefined;

function projectionOf(context: CommandContext, filter: Document, env: QueryEnv): Project {
  const spec = documentArgument(context, 'projection');
  return spec === undefined || Object.keys(spec).length === 0 ? undefined : compileProjection(spec, env, filter);
}

function documentsOf(
  context: CommandContext,
  collection: Collection | undefined,
  search: Search,
  env: QueryEnv,
  project: Project,
): Iterator<Buffer | undefined> {
  if (collection === undefined) {
    checkSearch(search, env);
    return [].values();
  }
  if (isView(collection)) return runPipeline(context, String(context.body.find), viewStages(context, search));
  return toBytes(findDocuments(context.store, collection, search, env), project);
}

/** Stored bytes go out as they are, unless a projection makes others of them. */
function* toBytes(found: Iterable<Found | undefined>, project: Project): Generator<Buffer | undefined> {
  for (const one of found) {
    yield one === undefined || project === undefined ? one?.stored.raw : encode(project(one.stored.document));
  }
}

/** A view answers through its pipeline, with the search as these further stages. */
export function viewStages(context: CommandContext, { filter, sort, skip, limit }: Search): Document[] {
  const projection = documentArgument(context, 'projection');
  const stages: Document[] = [{ $match: filter }];
  if (sort !== undefined && Object.keys(sort).length > 0) stages.push({ $sort: sort });
  if (skip !== undefined && skip > 0) stages.push({ $skip: context.body.skip });
  if (limit !== undefined && limit > 0) stages.push({ $limit: context.body.limit });
  if (projection !== undefined && Object.keys(projection).length > 0) stages.push({ $project: projection });
  return stages;
}

function tailableCollection(collection: Collection | undefined): Collection {
  if (collection?.options.capped === true) return collection;
  throw badValue('error processing query: tailable cursor requested on non capped collection');
}
