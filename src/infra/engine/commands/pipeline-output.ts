import type { Target, WriteTarget } from '../aggregation/stages/write.js';
import { EngineError, located } from '../errors.js';
import { encode } from '../store/bson.js';
import type { Collection } from '../store/collection.js';
import { replaceRecord } from '../store/records.js';
import { splitPath, valueAt } from '../values/path.js';
import type { Document } from '../values/types.js';
import { booleanArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { checkSize, toStored, validate } from './document-checks.js';
import { findDocuments } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { insertDocument } from './insert.js';
import { namespaceOf, writableCollection } from './namespaces.js';

type MergeTarget = Extract<WriteTarget, { kind: 'merge' }>;

/** Puts a pipeline's result into a collection: in place of what is there (`$out`), or document by document (`$merge`). */
export function writeResult(context: CommandContext, target: WriteTarget, result: Iterable<Document>): void {
  const { store } = context;
  const namespace = namespaceIn(context, target.target);
  if (target.kind === 'out') {
    // The result may be read from the collection that it replaces.
    const documents = [...result];
    const collection = writableCollection(store, namespace);
    if (collection.options.capped === true) {
      throw located(17152, `namespace '${namespace}' is capped so it can't be used for $out`);
    }
    store.emptyCollection(collection);
    const bypass = bypassesValidator(context);
    for (const document of documents) insertDocument(store, collection, encode(document), bypass);
    return;
  }
  const incoming = [...result];
  const collection = writableCollection(store, namespace);
  checkUnique(collection, target.on);
  for (const document of incoming) mergeOne(context, collection, target, document);
}

const bypassesValidator = (context: CommandContext): boolean => booleanArgument(context, 'bypassDocumentValidation');

const namespaceIn = (context: CommandContext, { database = context.database, collection }: Target): string =>
  namespaceOf({ database }, collection);

/** @throws {EngineError} 51183 without a unique index that tells documents apart by those fields. */
function checkUnique({ indexes }: Collection, on: readonly string[]): void {
  const names = on.toSorted().join();
  const isUnique = indexes.some(
    ({ isUnique, fields, partialFilter }) =>
      isUnique &&
      partialFilter === undefined &&
      fields
        .map(({ path }) => path)
        .toSorted()
        .join() === names,
  );
  if (!isUnique) throw located(51183, 'Cannot find index to verify that join fields will be unique');
}

function mergeOne(context: CommandContext, collection: Collection, target: MergeTarget, incoming: Document): void {
  const { store, deadline } = context;
  deadline.check();
  const filter = Object.fromEntries(target.on.map((path) => [path, { $eq: joinValue(incoming, path) }]));
  const [existing] = findDocuments(store, collection, { filter, limit: 1 }, queryEnv(context));
  if (existing !== undefined) {
    const combined = combine(target, existing.stored.document, incoming);
    if (combined === undefined) return;
    const stored = toStored(combined);
    checkSize(stored);
    if (!bypassesValidator(context)) validate(collection, stored, existing.stored);
    replaceRecord(store.file, collection, existing, stored);
  } else if (target.whenNotMatched === 'insert') {
    insertDocument(store, collection, encode(incoming), bypassesValidator(context));
  } else if (target.whenNotMatched === 'fail') {
    throw new EngineError(
      13113,
      'MergeStageNoMatchingDocument',
      '$merge could not find a matching document in the target collection for at least one document in the source collection',
    );
  }
}

function combine({ combine, on }: MergeTarget, existing: Document, incoming: Document): Document | undefined {
  try {
    return combine(existing, incoming);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 11000) throw error;
    const valuesOn = on.map((path) => [path, joinValue(incoming, path)] as const);
    throw new EngineError(11000, 'DuplicateKey', error.message, {
      keyPattern: Object.fromEntries(on.map((path) => [path, 1])),
      keyValue: Object.fromEntries(valuesOn),
    });
  }
}

/** @throws {EngineError} 51132 where a document has no single value to be told apart by. */
function joinValue(document: Document, path: string): unknown {
  const value = valueAt(document, splitPath(path));
  if (value !== undefined && value !== null && !Array.isArray(value)) return value;
  if (path === '_id' && value === undefined) return null;
  throw located(51132, "$merge write error: 'on' field cannot be missing, null, undefined or an array");
}
