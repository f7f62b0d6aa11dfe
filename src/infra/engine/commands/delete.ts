import { failedToParse } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { Collection } from '../store/collection.js';
import { removeRecord } from '../store/records.js';
import { asDocument, type Document, type Value } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { arrayArgument, documentArgument, numberArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { findToChange } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { isOrdered } from './insert.js';
import { evaluateLet } from './let-variables.js';
import { namespaceOf, refuseView } from './namespaces.js';
import { checkBatchSize, eachWrite } from './write-results.js';

/** One of the deletes of a command. */
export type DeleteStatement = {
  filter: Document;
  isMulti: boolean;
  collation: Document | undefined;
  hint: Value;
};

export type DeleteCommand = {
  statements: readonly DeleteStatement[];
  /** Undefined if there is none of that name. */
  collection: Collection | undefined;
  variables: Document | undefined;
};

export function remove(context: CommandContext): Reply {
  const { statements, collection, variables } = parseDelete(context);
  let n = 0;
  const errors = eachWrite(statements, isOrdered(context), (statement) => {
    n += runDelete(context, collection, statement, variables);
  });
  return { body: { n, ...errors, ok: 1 } };
}

/** @throws {EngineError} for what mongod refuses before it deletes anything. */
export function parseDelete(context: CommandContext): DeleteCommand {
  const { store, body } = context;
  const statements = (arrayArgument(context, 'deletes') ?? []).map((one) =>
    parseDeleteStatement(asDocument(one) ?? {}),
  );
  checkBatchSize(statements.length);
  const collection = store.collection(namespaceOf(context, body.delete));
  if (collection !== undefined) refuseView(collection);
  return { statements, collection, variables: evaluateLet(context) };
}

export function parseDeleteStatement(statement: Document): DeleteStatement {
  const body = { name: 'delete.deletes', body: statement };
  const limit = numberArgument(body, 'limit');
  if (limit !== 0 && limit !== 1) {
    throw failedToParse(`The limit field in delete objects must be 0 or 1. Got ${String(statement.limit)}`);
  }
  return {
    filter: documentArgument(body, 'q') ?? {},
    isMulti: limit === 0,
    collation: documentArgument(body, 'collation'),
    hint: statement.hint,
  };
}

/**
 * @param atMost how many documents are removed at once
 * @returns how many were removed.
 */
export function runDelete(
  context: CommandContext,
  collection: Collection | undefined,
  { filter, isMulti, collation, hint }: DeleteStatement,
  variables: Document | undefined,
  atMost = 0,
): number {
  const env = queryEnv(context, { collection, collation, variables });
  if (collection === undefined) {
    compileFilter(filter, env);
    return 0;
  }
  const { store } = context;
  let removed = 0;
  for (const found of findToChange(store, collection, { filter, limit: isMulti ? atMost : 1, collation, hint }, env)) {
    removeRecord(store.file, collection, found);
    removed++;
  }
  return removed;
}
