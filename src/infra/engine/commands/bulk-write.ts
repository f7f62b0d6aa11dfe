import { badValue, failedToParse, invalidNamespace } from '../errors.js';
import { encode } from '../store/bson.js';
import { show } from '../values/show.js';
import { asDocument, type Document, isDocument, type Value } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { arrayArgument, booleanArgument, documentArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { runDelete } from './delete.js';
import { insertDocument, isOrdered } from './insert.js';
import { evaluateLet } from './let-variables.js';
import { writableCollection } from './namespaces.js';
import { checkUpdatable, arrayFiltersArgument, runUpdate, updateArgument } from './update.js';
import { checkBatchSize, eachWrite } from './write-results.js';

type Counts = Record<'nInserted' | 'nMatched' | 'nModified' | 'nUpserted' | 'nDeleted', number>;

/** What one operation came to: a line of the reply's cursor. */
type OperationResult = Document;

/** Writes to several collections by one command (MongoDB 8). */
export function bulkWrite(context: CommandContext): Reply {
  const operations = arrayArgument(context, 'ops') ?? [];
  checkBatchSize(operations.length);
  const namespaces = (arrayArgument(context, 'nsInfo') ?? []).map((info) => asDocument(info)?.ns);
  const counts: Counts = { nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
  const results: OperationResult[] = [];
  const variables = evaluateLet(context);
  const { writeErrors = [] } = eachWrite(operations, isOrdered(context), (operation, idx) => {
    const result = runOperation({ context, namespaces, counts, variables }, asDocument(operation) ?? {});
    results.push({ ok: 1, idx, ...result });
  });
  for (const { index, ...error } of writeErrors) results.push({ ok: 0, idx: index, n: 0, ...error });
  const shown = booleanArgument(context, 'errorsOnly') ? results.filter(({ ok }) => ok === 0) : results;
  const lines = shown.toSorted((a, b) => Number(a.idx) - Number(b.idx));
  const cursor = context.cursors.open({
    namespace: 'admin.$cmd.bulkWrite',
    documents: lines.map(encode).values(),
    deadline: context.deadline,
    batchSize: Number(documentArgument(context, 'cursor')?.batchSize ?? shown.length + 1),
  });
  return { body: { ...counts, nErrors: writeErrors.length, ok: 1 }, cursor };
}

type Bulk = { context: CommandContext; namespaces: readonly Value[]; counts: Counts; variables: Document | undefined };

function runOperation(bulk: Bulk, operation: Document): OperationResult {
  const [kind] = Object.keys(operation);
  switch (kind) {
    case 'insert':
      return runInsert(bulk, operation);
    case 'update':
      return runUpdateOperation(bulk, operation);
    case 'delete':
      return runDeleteOperation(bulk, operation);
    default:
      throw failedToParse(`BSON field 'bulkWrite.ops.${kind ?? ''}' is an unknown field.`);
  }
}

function namespaceAt({ namespaces }: Bulk, position: Value): string {
  const namespace = namespaces[Number(position)];
  if (namespace === undefined) throw badValue(`BulkWrite ops entry has an invalid nsInfo index ${String(position)}`);
  if (typeof namespace !== 'string' || !namespace.includes('.'))
    throw invalidNamespace(`Invalid namespace: ${show(namespace)}`);
  return namespace;
}

function runInsert(bulk: Bulk, operation: Document): OperationResult {
  const { context, counts } = bulk;
  const collection = writableCollection(context.store, namespaceAt(bulk, operation.insert));
  const { document } = operation;
  if (!isDocument(document)) throw badValue('a bulkWrite insert needs a document');
  insertDocument(context.store, collection, encode(document), booleanArgument(context, 'bypassDocumentValidation'));
  counts.nInserted++;
  return { n: 1 };
}

function runUpdateOperation(bulk: Bulk, operation: Document): OperationResult {
  const { context, counts, variables } = bulk;
  const namespace = namespaceAt(bulk, operation.update);
  checkUpdatable(context.store, namespace);
  const body = { name: 'bulkWrite.ops', body: operation };
  const outcome = runUpdate(
    context,
    namespace,
    {
      filter: documentArgument(body, 'filter') ?? {},
      update: updateArgument(operation.updateMods),
      isMulti: booleanArgument(body, 'multi'),
      isUpsert: booleanArgument(body, 'upsert'),
      arrayFilters: arrayFiltersArgument(body),
      collation: documentArgument(body, 'collation'),
      hint: operation.hint,
      sort: documentArgument(body, 'sort'),
      constants: documentArgument(body, 'constants'),
    },
    { variables, bypass: booleanArgument(context, 'bypassDocumentValidation') },
  );
  counts.nMatched += outcome.matched;
  counts.nModified += outcome.modified;
  if (outcome.upsertedId === undefined) return { n: outcome.matched, nModified: outcome.modified };
  counts.nUpserted++;
  return { n: 1, nModified: 0, upserted: { _id: outcome.upsertedId } };
}

function runDeleteOperation(bulk: Bulk, operation: Document): OperationResult {
  const { context, counts, variables } = bulk;
  const collection = context.store.collection(namespaceAt(bulk, operation.delete));
  const body = { name: 'bulkWrite.ops', body: operation };
  const n = runDelete(
    context,
    collection,
    {
      filter: documentArgument(body, 'filter') ?? {},
      isMulti: booleanArgument(body, 'multi'),
      collation: documentArgument(body, 'collation'),
      hint: operation.hint,
    },
    variables,
  );
  counts.nDeleted += n;
  return { n };
}
