import { insertRecord } from '../store/records.js';
import { encode } from '../store/bson.js';
import type { Collection } from '../store/collection.js';
import type { Store } from '../store/store.js';
import { asDocument } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { arrayArgument, booleanArgument } from './arguments.js';
import { trimCapped } from './capped.js';
import type { CommandContext } from './context.js';
import { checkSize, validate, withId } from './document-checks.js';
import { namespaceOf, writableCollection } from './namespaces.js';
import { checkMeasurement } from './time-series.js';
import { checkBatchSize, eachWrite } from './write-results.js';

export function insert(context: CommandContext): Reply {
  const { store, body, deadline } = context;
  const documents =
    context.documents ?? (arrayArgument(context, 'documents') ?? []).map((one) => encode(asDocument(one) ?? {}));
  checkBatchSize(documents.length);
  const collection = writableCollection(store, namespaceOf(context, body.insert));
  const bypass = booleanArgument(context, 'bypassDocumentValidation');
  let n = 0;
  const errors = eachWrite(documents, isOrdered(context), (document) => {
    deadline.check();
    insertDocument(store, collection, document, bypass);
    n++;
  });
  return { body: { n, ...errors, ok: 1 } };
}

/** @throws {EngineError} if the collection refuses it: duplicate, too large, not valid. */
export function insertDocument(store: Store, collection: Collection, raw: Buffer, bypassesValidator: boolean): void {
  const stored = withId(raw);
  checkSize(stored);
  checkMeasurement(collection, stored);
  if (!bypassesValidator) validate(collection, stored);
  insertRecord(store.file, collection, stored);
  trimCapped(store, collection);
}

/** Writes are ordered unless the client says otherwise. */
export const isOrdered = (context: CommandContext): boolean =>
  context.body.ordered === undefined || booleanArgument(context, 'ordered');
