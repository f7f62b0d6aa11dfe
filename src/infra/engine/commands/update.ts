import { failedToParse, located, typeMismatch } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { compileUpdate, isReplacement, type Update } from '../query/update.js';
import { checkUpsertFilter } from '../query/upsert.js';
import type { Collection } from '../store/collection.js';
import type { Store } from '../store/store.js';
import { asDocument, type Document, isDocument, type Value } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { type Change, changeFound, insertUpserted } from './apply-update.js';
import { arrayArgument, booleanArgument, documentArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { findToChange } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { isOrdered } from './insert.js';
import { evaluateLet } from './let-variables.js';
import { checkNewNamespace, createCollection, namespaceOf, refuseView } from './namespaces.js';
import { refuseTimeSeries } from './time-series.js';
import { checkBatchSize, eachWrite } from './write-results.js';

/** One of the updates of a command. */
export type UpdateStatement = {
  filter: Document;
  update: Document | Document[];
  isMulti: boolean;
  isUpsert: boolean;
  arrayFilters: Document[] | undefined;
  collation: Document | undefined;
  hint: Value;
  sort: Document | undefined;
  /** Constants of an update pipeline. */
  constants: Document | undefined;
};

export type UpdateOutcome = { matched: number; modified: number; upsertedId?: Value };

export function update(context: CommandContext): Reply {
  const { store, body } = context;
  const statements = (arrayArgument(context, 'updates') ?? []).map((one) =>
    parseUpdateStatement(asDocument(one) ?? {}),
  );
  checkBatchSize(statements.length);
  const namespace = namespaceOf(context, body.update);
  checkUpdatable(store, namespace);
  const variables = evaluateLet(context);
  const bypass = booleanArgument(context, 'bypassDocumentValidation');
  const upserted: Document[] = [];
  let n = 0;
  let nModified = 0;
  const errors = eachWrite(statements, isOrdered(context), (statement, index) => {
    const outcome = runUpdate(context, namespace, statement, { variables, bypass });
    n += outcome.matched;
    nModified += outcome.modified;
    if (outcome.upsertedId === undefined) return;
    n++;
    upserted.push({ index, _id: outcome.upsertedId });
  });
  return { body: { n, nModified, ...(upserted.length > 0 ? { upserted } : {}), ...errors, ok: 1 } };
}

const STATEMENT_FIELDS = new Set([
  'q',
  'u',
  'c',
  'multi',
  'upsert',
  'arrayFilters',
  'collation',
  'hint',
  'upsertSupplied',
]);

export function parseUpdateStatement(statement: Document): UpdateStatement {
  for (const name of Object.keys(statement)) {
    if (STATEMENT_FIELDS.has(name)) continue;
    throw located(40415, `BSON field 'update.updates.${name}' is an unknown field.`);
  }
  const body = { name: 'update.updates', body: statement };
  return {
    filter: documentArgument(body, 'q') ?? {},
    update: updateArgument(statement.u),
    isMulti: booleanArgument(body, 'multi'),
    isUpsert: booleanArgument(body, 'upsert'),
    arrayFilters: arrayFiltersArgument(body),
    collation: documentArgument(body, 'collation'),
    hint: statement.hint,
    sort: undefined,
    constants: documentArgument(body, 'c'),
  };
}

/** @throws {EngineError} 9 for what is neither a document nor a pipeline. */
export function updateArgument(value: Value): Document | Document[] {
  if (isDocument(value)) return value;
  if (Array.isArray(value)) {
    return value.map((stage) => {
      if (isDocument(stage)) return stage;
      throw typeMismatch("Each element of the 'pipeline' array must be an object");
    });
  }
  throw failedToParse('Update argument must be either an object or an array');
}

export function arrayFiltersArgument(body: { name: string; body: Document }): Document[] | undefined {
  return arrayArgument(body, 'arrayFilters')?.map((filter) => {
    if (isDocument(filter)) return filter;
    throw typeMismatch("BSON field 'update.updates.arrayFilters' holds an element that is no object");
  });
}

type Surroundings = { variables: Document | undefined; bypass: boolean };

/** @throws {EngineError} 73 for a name that no collection may have, 166 for a view, 72 for a time series. */
export function checkUpdatable(store: Store, namespace: string): void {
  const collection = store.collection(namespace);
  if (collection === undefined) {
    checkNewNamespace(store, namespace);
    return;
  }
  refuseView(collection);
  refuseTimeSeries(collection);
}

/**
 * Makes the collection, if it is not there, only for an upsert.
 *
 * @throws {EngineError} if the update is not valid, or the collection refuses its result.
 */
export function runUpdate(
  context: CommandContext,
  namespace: string,
  statement: UpdateStatement,
  { variables, bypass }: Surroundings,
): UpdateOutcome {
  const { store } = context;
  const { filter, isMulti, collation } = statement;
  checkUpdate(statement);
  const known = store.collection(namespace);
  if (known === undefined && !statement.isUpsert) {
    compileStatement(context, undefined, statement, variables);
    return { matched: 0, modified: 0 };
  }
  const collection = known ?? createCollection(store, namespace, {});
  const change = prepareChange(context, collection, statement, { variables, bypass });
  const env = queryEnv(context, { collection, collation, variables });
  const search = { filter, sort: statement.sort, limit: isMulti ? 0 : 1, collation, hint: statement.hint };
  let matched = 0;
  let modified = 0;
  for (const found of findToChange(store, collection, search, env)) {
    matched++;
    if (changeFound(change, found).isChanged) modified++;
  }
  if (matched > 0 || !statement.isUpsert) return { matched, modified };
  return { matched, modified, upsertedId: insertUpserted(change).document._id };
}

/** What can be wrong with an update that is wrong with neither its filter nor its change alone. */
export function checkUpdate({ filter, update: change, isMulti, isUpsert }: UpdateStatement): void {
  if (isMulti && isReplacement(change)) {
    throw failedToParse('multi update is not supported for replacement-style update');
  }
  if (isUpsert) checkUpsertFilter(filter);
}

export type Statement = Pick<UpdateStatement, 'filter' | 'update' | 'arrayFilters' | 'collation' | 'constants'>;

export function prepareChange(
  context: CommandContext,
  collection: Collection,
  statement: Statement,
  { variables, bypass }: Surroundings,
): Change {
  return {
    store: context.store,
    collection,
    update: compileStatement(context, collection, statement, variables),
    filter: statement.filter,
    bypassesValidator: bypass,
  };
}

export function compileStatement(
  context: CommandContext,
  collection: Collection | undefined,
  statement: Statement,
  variables: Document | undefined,
): Update {
  const env = queryEnv(context, {
    collection,
    collation: statement.collation,
    variables: { ...variables, ...statement.constants },
  });
  // The filter is compiled first, so that of two mistakes it is the filter's that is told.
  compileFilter(statement.filter, env);
  return compileUpdate(statement.update, { arrayFilters: statement.arrayFilters, env });
}
