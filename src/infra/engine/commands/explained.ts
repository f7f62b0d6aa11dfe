import { commandNotFound, failedToParse, illegalOperation, invalidLength } from '../errors.js';
import { type Collection, isView } from '../store/collection.js';
import type { QueryEnv } from '../values/env.js';
import { asDocument, type Document, type Value } from '../values/types.js';
import { preparePipeline, stagesOf } from './aggregate.js';
import { arrayArgument, documentArgument, required, stringArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { parseDeleteStatement } from './delete.js';
import { parseRequest, searchOf, statementOf } from './find-and-modify.js';
import { prepareFind, viewStages } from './find.js';
import { checkSearch, type Search } from './find-documents.js';
import { checkFields, FIELDS } from './known-fields.js';
import { evaluateLet } from './let-variables.js';
import { namespaceOf, refuseView } from './namespaces.js';
import { queryEnv } from './query-env.js';
import { checkUpdate, compileStatement, parseUpdateStatement } from './update.js';

/** What a command would look for, and what of its pipeline comes after that. */
export type Explained = {
  namespace: string;
  collection: Collection | undefined;
  search: Search;
  env: QueryEnv;
  rest: readonly Document[];
};

const EXPLAINED: Readonly<Record<string, (context: CommandContext) => Explained>> = {
  find,
  count: reading,
  distinct(context) {
    required(stringArgument(context, 'key'), context, 'key');
    return reading(context);
  },
  aggregate,
  update,
  delete: remove,
  findAndModify,
  findandmodify: findAndModify,
};

/**
 * Checks a command as if it were to be done.
 *
 * @throws {EngineError} 59 and 20 for a command that cannot be explained, and all that the command itself throws before it
 * looks at a document.
 */
export function explained(context: CommandContext): Explained {
  const { name, body } = context;
  const read = Object.hasOwn(EXPLAINED, name) ? EXPLAINED[name] : undefined;
  const fields = FIELDS[name];
  if (read === undefined) {
    if (fields === undefined) throw commandNotFound(`Explain failed due to unknown command: ${name}`);
    throw illegalOperation(`Cannot explain cmd: ${name}`);
  }
  if (fields !== undefined) checkFields(name, body, fields);
  return read(context);
}

function find(context: CommandContext): Explained {
  const { namespace, collection, search, env } = prepareFind(context);
  if (collection !== undefined && isView(collection)) return pipelined(context, viewStages(context, search));
  checkSearch(search, env);
  return { namespace, collection, search, env, rest: [] };
}

function reading(context: CommandContext): Explained {
  const { store, body, name } = context;
  const collection = store.collection(namespaceOf(context, body[name]));
  const filter = documentArgument(context, 'query') ?? {};
  if (collection !== undefined && isView(collection)) return pipelined(context, [{ $match: filter }]);
  return searched(context, { filter, collation: documentArgument(context, 'collation'), hint: body.hint });
}

function aggregate(context: CommandContext): Explained {
  if (context.body.writeConcern !== undefined) {
    throw failedToParse("Aggregation explain does not support the 'writeConcern' option");
  }
  return pipelined(context, stagesOf(context));
}

/** The stages that are part of a search where they come right after its filter. */
const SEARCHING = new Set(['$sort', '$skip', '$limit', '$project']);

function pipelined(context: CommandContext, given: readonly Document[]): Explained {
  const { body, name, database } = context;
  const collectionName = typeof body[name] === 'string' ? body[name] : undefined;
  const { collection, stages, env, pipeline } = preparePipeline(context, collectionName, given);
  const from = stages.findIndex(
    (stage, at) => !(at === 0 && '$match' in stage) && !SEARCHING.has(Object.keys(stage)[0] ?? ''),
  );
  return {
    namespace: collection?.namespace ?? `${database}.${collectionName ?? '$cmd.aggregate'}`,
    collection: pipeline.isSourceless ? undefined : collection,
    search: {
      filter: pipeline.leadingFilter,
      sort: pipeline.leadingSort,
      collation: documentArgument(context, 'collation'),
      hint: body.hint,
    },
    env,
    rest: from < 0 ? [] : stages.slice(from),
  };
}

function update(context: CommandContext): Explained {
  const statement = parseUpdateStatement(onlyOne(context, 'updates'));
  checkUpdate(statement);
  const target = searched(context, { ...statement, limit: statement.isMulti ? 0 : 1 });
  compileStatement(context, target.collection, statement, evaluateLet(context));
  return target;
}

function remove(context: CommandContext): Explained {
  const statement = parseDeleteStatement(onlyOne(context, 'deletes'));
  return searched(context, { ...statement, limit: statement.isMulti ? 0 : 1 });
}

function findAndModify(context: CommandContext): Explained {
  const request = parseRequest(context);
  const target = searched(context, searchOf(context, request));
  if (!request.isRemove) compileStatement(context, target.collection, statementOf(context, request), request.variables);
  return target;
}

function onlyOne(context: CommandContext, field: string): Document {
  const [one, ...others]: readonly Value[] = arrayArgument(context, field) ?? [];
  if (one === undefined || others.length > 0) throw invalidLength('explained write batches must be of size 1');
  return asDocument(one) ?? {};
}

function searched(context: CommandContext, search: Search): Explained {
  const { store, body, name } = context;
  const namespace = namespaceOf(context, body[name]);
  const collection = store.collection(namespace);
  if (collection !== undefined) refuseView(collection);
  const env = queryEnv(context, { collection, collation: search.collation, variables: evaluateLet(context) });
  checkSearch(search, env);
  return { namespace, collection, search, env, rest: [] };
}
