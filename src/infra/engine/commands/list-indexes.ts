import { EngineError, indexNotFound, invalidOptions } from '../errors.js';
import { type Index, showIndex } from '../indexes/index-spec.js';
import { isSameKeyPattern } from '../indexes/key-pattern.js';
import { encode } from '../store/bson.js';
import type { Collection } from '../store/collection.js';
import { show } from '../values/show.js';
import { asDocument, type Value } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { batchSizeArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { existingCollection, namespaceOf } from './namespaces.js';

export function listIndexes(context: CommandContext): Reply {
  const collection = existingCollection(context.store, namespaceOf(context, context.body.listIndexes));
  const cursor = context.cursors.open({
    namespace: collection.namespace,
    documents: collection.indexes.map((index) => encode(showIndex(index))).values(),
    deadline: context.deadline,
    batchSize: batchSizeArgument(context),
  });
  return { body: { ok: 1 }, cursor };
}

/** By name, by key, a list of either, or `*` for all but that of `_id`. */
export function dropIndexes(context: CommandContext): Reply {
  const { store, body } = context;
  const collection = existingCollection(store, namespaceOf(context, body[context.name]));
  const nIndexesWas = collection.indexes.length;
  const wanted = body.index;
  if (wanted === '*') {
    for (const index of collection.indexes.filter(({ isOfId }) => !isOfId)) store.dropIndex(collection, index);
    return { body: { nIndexesWas, msg: 'non-_id indexes dropped for collection', ok: 1 } };
  }
  const indexes = (Array.isArray(wanted) ? (wanted as Value[]) : [wanted]).map((one) => droppable(collection, one));
  for (const index of indexes) store.dropIndex(collection, index);
  return { body: { nIndexesWas, ok: 1 } };
}

function droppable({ indexes, namespace }: Collection, wanted: Value): Index {
  const isByName = typeof wanted === 'string';
  const matching = indexes.filter(({ name, spec }) =>
    isByName ? name === wanted : isSameKeyPattern(asDocument(spec.key), asDocument(wanted)),
  );
  const [index] = matching;
  if (index === undefined) {
    throw indexNotFound(
      isByName ? `index not found with name [${wanted}]` : `can't find index with key: ${show(wanted)}`,
    );
  }
  if (matching.length > 1) {
    throw new EngineError(
      181,
      'AmbiguousIndexKeyPattern',
      `${matching.length} indexes found for key: ${show(wanted)}, identify by name instead. Conflicting indexes in ${namespace}`,
    );
  }
  if (index.isOfId) throw invalidOptions('cannot drop _id index');
  return index;
}
