import { failedToParse } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { compileProjection } from '../query/projection.js';
import { checkUpsertFilter } from '../query/upsert.js';
import type { StoredDocument } from '../store/bson.js';
import type { Collection } from '../store/collection.js';
import { type Found, removeRecord } from '../store/records.js';
import type { QueryEnv } from '../values/env.js';
import type { Document, Value } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { changeFound, insertUpserted } from './apply-update.js';
import { booleanArgument, documentArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { findDocuments, type Search } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { evaluateLet } from './let-variables.js';
import { namespaceOf, refuseView, writableCollection } from './namespaces.js';
import { arrayFiltersArgument, prepareChange, type Statement, updateArgument } from './update.js';

type Request = {
  filter: Document;
  isRemove: boolean;
  isUpsert: boolean;
  /** The document after the change is asked for, not the one before. */
  wantsNew: boolean;
  variables: Document | undefined;
};

/** Changes or removes one document and answers with it. */
export function findAndModify(context: CommandContext): Reply {
  const { store, body, name } = context;
  const request = parseRequest(context);
  const namespace = namespaceOf(context, body[name]);
  const known = store.collection(namespace);
  if (known !== undefined) refuseView(known);
  const env = queryEnv(context, {
    collection: known,
    collation: documentArgument(context, 'collation'),
    variables: request.variables,
  });
  compileFilter(request.filter, env);
  if (known === undefined && !request.isUpsert) return nothingFound(request);
  const collection = known ?? writableCollection(store, namespace);
  const [found] = findDocuments(store, collection, searchOf(context, request), env);
  const project = projectionOf(context, request.filter, env);
  return request.isRemove
    ? removeOne(context, collection, found, project)
    : updateOne(context, collection, found, request, project);
}

/** @throws {EngineError} 9 for parts that do not go together, 2 for a filter that no upsert can have. */
export function parseRequest(context: CommandContext): Request {
  const { body } = context;
  const isRemove = booleanArgument(context, 'remove');
  const hasUpdate = body.update !== undefined && body.update !== null;
  const wantsNew = booleanArgument(context, 'new');
  const isUpsert = booleanArgument(context, 'upsert');
  if (!isRemove && !hasUpdate) throw failedToParse('Either an update or remove=true must be specified');
  if (isRemove && hasUpdate) throw failedToParse('Cannot specify both an update and remove=true');
  if (isRemove && isUpsert) throw failedToParse('Cannot specify both upsert=true and remove=true');
  if (isRemove && body.arrayFilters !== undefined) throw failedToParse('Cannot specify arrayFilters and remove=true');
  if (isRemove && wantsNew) {
    throw failedToParse("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
  }
  const filter = documentArgument(context, 'query') ?? {};
  if (isUpsert) checkUpsertFilter(filter);
  return { filter, isRemove, isUpsert, wantsNew, variables: evaluateLet(context) };
}

export const searchOf = (context: CommandContext, { filter }: Request): Search => ({
  filter,
  sort: documentArgument(context, 'sort'),
  limit: 1,
  collation: documentArgument(context, 'collation'),
  hint: context.body.hint,
});

export const statementOf = (context: CommandContext, { filter }: Request): Statement => ({
  filter,
  update: updateArgument(context.body.update),
  arrayFilters: arrayFiltersArgument(context),
  collation: documentArgument(context, 'collation'),
  constants: undefined,
});

type Project = (stored: StoredDocument) => Value;

function projectionOf(context: CommandContext, filter: Document, env: QueryEnv): Project {
  const spec = documentArgument(context, 'fields') ?? documentArgument(context, 'projection');
  if (spec === undefined || Object.keys(spec).length === 0) return ({ document }) => document;
  const project = compileProjection(spec, env, filter);
  return ({ document }) => project(document);
}

function nothingFound({ isRemove }: Pick<Request, 'isRemove'>): Reply {
  return { body: { lastErrorObject: { n: 0, ...(isRemove ? {} : { updatedExisting: false }) }, value: null, ok: 1 } };
}

function removeOne(
  { store }: CommandContext,
  collection: Collection,
  found: Found | undefined,
  project: Project,
): Reply {
  if (found === undefined) return nothingFound({ isRemove: true });
  const value = project(found.stored);
  removeRecord(store.file, collection, found);
  return { body: { lastErrorObject: { n: 1 }, value, ok: 1 } };
}

function updateOne(
  context: CommandContext,
  collection: Collection,
  found: Found | undefined,
  request: Request,
  project: Project,
): Reply {
  const { variables, isUpsert, wantsNew } = request;
  const bypass = booleanArgument(context, 'bypassDocumentValidation');
  const change = prepareChange(context, collection, statementOf(context, request), { variables, bypass });
  if (found !== undefined) {
    const { stored } = changeFound(change, found);
    const value = project(wantsNew ? stored : found.stored);
    return { body: { lastErrorObject: { n: 1, updatedExisting: true }, value, ok: 1 } };
  }
  if (!isUpsert) return nothingFound({ isRemove: false });
  const stored = insertUpserted(change);
  return {
    body: {
      lastErrorObject: { n: 1, updatedExisting: false, upserted: stored.document._id },
      value: wantsNew ? project(stored) : null,
      ok: 1,
    },
  };
}
