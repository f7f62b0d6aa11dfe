import type { PipelineEnv } from '../aggregation/env.js';
import { compilePipeline, type Pipeline } from '../aggregation/pipeline.js';
import { EngineError, failedToParse, invalidNamespace, typeMismatch } from '../errors.js';
import { encode } from '../store/bson.js';
import type { Collection } from '../store/collection.js';
import type { Found } from '../store/records.js';
import type { QueryEnv } from '../values/env.js';
import { type Document, isDocument, isNumber, type Value } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { arrayArgument, batchSizeArgument, documentArgument, required } from './arguments.js';
import type { CommandContext } from './context.js';
import { countDocuments, findDocuments, planSearch, type Search } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { evaluateLet } from './let-variables.js';
import { namespaceOf } from './namespaces.js';
import { writeResult } from './pipeline-output.js';
import { SORT_MEMORY_BYTES } from './sort-found.js';
import { throughViews } from './views.js';

export function aggregate(context: CommandContext): Reply {
  const { body, cursors, deadline, database } = context;
  const stages = stagesOf(context);
  if (documentArgument(context, 'cursor') === undefined) {
    throw failedToParse("The 'cursor' option is required, except for aggregate with the explain argument");
  }
  const isOnCollection = !isNumber(body.aggregate);
  const namespace = isOnCollection ? namespaceOf(context, body.aggregate) : `${database}.$cmd.aggregate`;
  const cursor = cursors.open({
    namespace,
    documents: runPipeline(context, isOnCollection ? String(body.aggregate) : undefined, stages),
    deadline,
    batchSize: batchSizeArgument(context),
  });
  return { body: { ok: 1 }, cursor };
}

/** @throws {EngineError} 14 for a stage that is no document. */
export const stagesOf = (context: CommandContext): Document[] =>
  required(arrayArgument(context, 'pipeline'), context, 'pipeline').map(stageOf);

function stageOf(stage: Value): Document {
  if (isDocument(stage)) return stage;
  throw typeMismatch("Each element of the 'pipeline' array must be an object");
}

/** Whether its collection has an index for a `$text` is asked by whoever reads the view. @throws {EngineError} for a pipeline that no view can have. */
export function checkViewPipeline(context: CommandContext, pipeline: readonly Value[]): void {
  const env = pipelineEnv(context, { ...queryEnv(context), text: [] });
  const { writesTo } = compilePipeline(pipeline.map(stageOf), env);
  if (writesTo === undefined) return;
  throw new EngineError(167, 'OptionNotSupportedOnView', `$${writesTo.kind} cannot be used in a view definition`);
}

/**
 * The result of a pipeline over a collection or a view of the command's database; without a name the pipeline makes its
 * own documents. A pipeline that writes gives nothing.
 */
export function runPipeline(
  context: CommandContext,
  collectionName: string | undefined,
  given: readonly Document[],
): Generator<Buffer> {
  const { collection, stages, env, pipeline } = preparePipeline(context, collectionName, given);
  const isOnlyMatch = stages.length === 0 || (stages.length === 1 && Object.keys(pipeline.leadingFilter).length > 0);
  const source = sourceOf(context, collection, pipeline, env);
  if (pipeline.writesTo !== undefined) {
    writeResult(context, pipeline.writesTo, pipeline.run(source.documents, source));
    return bytesOf([]);
  }
  return isOnlyMatch ? rawOf(source.found) : bytesOf(pipeline.run(source.documents, source));
}

type Prepared = {
  collection: Collection | undefined;
  /** With those of the views in front. */
  stages: readonly Document[];
  env: PipelineEnv;
  pipeline: Pipeline;
};

/** All that can be said of a pipeline before it reads a document. @throws {EngineError} for whatever is wrong with it. */
export function preparePipeline(
  context: CommandContext,
  collectionName: string | undefined,
  given: readonly Document[],
): Prepared {
  const { collection, stages } = throughViews(context, collectionName, given);
  const collation = documentArgument(context, 'collation');
  const env = pipelineEnv(context, queryEnv(context, { collection, collation, variables: evaluateLet(context) }));
  const pipeline = compilePipeline(stages, env);
  if (collectionName === undefined && !pipeline.isSourceless) {
    throw invalidNamespace('{aggregate: 1} is not valid for these stages; a collection is required.');
  }
  return { collection, stages, env, pipeline };
}

type Source = {
  found: Iterable<Found>;
  /** What was found, decoded; as many blanks where nothing but their number is asked for. */
  documents: Iterable<Document>;
  isSorted: boolean;
};

/** The documents that a pipeline starts from, found by its leading filter, in the order of its leading sort if an index has it. */
function sourceOf(
  context: CommandContext,
  collection: Collection | undefined,
  pipeline: Pipeline,
  env: QueryEnv,
): Source {
  if (collection === undefined || pipeline.isSourceless) return { found: [], documents: [], isSorted: false };
  const { store, body } = context;
  const search: Search = {
    filter: pipeline.leadingFilter,
    sort: pipeline.leadingSort,
    collation: documentArgument(context, 'collation'),
    hint: body.hint,
  };
  const { plan } = planSearch(collection, search);
  const isSorted = plan.kind === 'indexes' && plan.isSorted && pipeline.leadingSort !== undefined;
  const { sort: _, ...unsorted } = search;
  const found = findDocuments(store, collection, isSorted ? search : unsorted, env);
  const documents = pipeline.onlyCounts
    ? blanks(() => countDocuments(store, collection, unsorted, env))
    : documentsOf(found);
  return { found, documents, isSorted };
}

function pipelineEnv(context: CommandContext, env: QueryEnv): PipelineEnv {
  return {
    ...env,
    memoryLimit: SORT_MEMORY_BYTES,
    find: (name, filter, inner) => foreignDocuments(context, name, filter, inner),
  };
}

/** What a stage such as `$lookup` reads of another collection or view. */
function* foreignDocuments(
  context: CommandContext,
  name: string,
  filter: Document,
  env: QueryEnv,
): Generator<Document> {
  const { collection, stages } = throughViews(context, name, []);
  if (collection === undefined) return;
  if (stages.length === 0) {
    yield* documentsOf(findDocuments(context.store, collection, { filter }, env));
    return;
  }
  const pipeline = compilePipeline([...stages, { $match: filter }], pipelineEnv(context, env));
  yield* pipeline.run(documentsOf(findDocuments(context.store, collection, { filter: pipeline.leadingFilter }, env)));
}

function* documentsOf(found: Iterable<Found>): Generator<Document> {
  for (const { stored } of found) yield stored.document;
}

function* blanks(count: () => number): Generator<Document> {
  const blank: Document = {};
  for (let left = count(); left > 0; left -= 1) yield blank;
}

function* rawOf(found: Iterable<Found>): Generator<Buffer> {
  for (const { stored } of found) yield stored.raw;
}

function* bytesOf(documents: Iterable<Document>): Generator<Buffer> {
  for (const document of documents) yield encode(document);
}
