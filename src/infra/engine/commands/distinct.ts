import { calculateObjectSize } from 'bson';
import { exceededMemoryLimit } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { decode, MAX_DOCUMENT_BYTES } from '../store/bson.js';
import { isView } from '../store/collection.js';
import { compareValues } from '../values/compare.js';
import { hashKey } from '../values/hash.js';
import { valuesAt } from '../values/path.js';
import type { Document, Value } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { runPipeline } from './aggregate.js';
import { documentArgument, required, stringArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { findDocuments } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { namespaceOf } from './namespaces.js';

/** What a document without a field has. */
const EMPTY_BYTES = 5;

/** The different values at a path, arrays taken apart once, in MongoDB's order. */
export function distinct(context: CommandContext): Reply {
  const path = required(stringArgument(context, 'key'), context, 'key');
  const collection = context.store.collection(namespaceOf(context, context.body.distinct));
  const env = queryEnv(context, { collection, collation: documentArgument(context, 'collation') });
  const values = new Map<string, Value>();
  let bytes = 0;
  for (const document of documentsOf(context, env)) {
    for (const value of valuesAt(document, path)) {
      const key = hashKey(value, env.collation);
      if (values.has(key)) continue;
      bytes += calculateObjectSize({ [values.size]: value }) - EMPTY_BYTES;
      values.set(key, value);
      if (bytes > MAX_DOCUMENT_BYTES) throw exceededMemoryLimit('distinct too big, 16mb cap');
    }
  }
  return { body: { values: [...values.values()].toSorted((a, b) => compareValues(a, b, env.collation)), ok: 1 } };
}

function* documentsOf(context: CommandContext, env: ReturnType<typeof queryEnv>): Generator<Document> {
  const { store, body } = context;
  const filter = documentArgument(context, 'query') ?? {};
  const collection = store.collection(namespaceOf(context, body.distinct));
  if (collection === undefined) {
    compileFilter(filter, env);
  } else if (isView(collection)) {
    for (const raw of runPipeline(context, String(body.distinct), [{ $match: filter }])) yield decode(raw);
  } else {
    const search = { filter, collation: documentArgument(context, 'collation'), hint: body.hint };
    for (const { stored } of findDocuments(store, collection, search, env)) yield stored.document;
  }
}
