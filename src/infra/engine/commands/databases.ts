import { Long } from 'bson';
import { compileFilter } from '../query/filter.js';
import type { Collection } from '../store/collection.js';
import { databaseOf } from '../store/collection.js';
import type { Store } from '../store/store.js';
import type { Document } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { booleanArgument, documentArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { queryEnv } from './query-env.js';
import { existingCollection, namespaceOf } from './namespaces.js';

export function listDatabases(context: CommandContext): Reply {
  const matches = compileFilter(documentArgument(context, 'filter') ?? {}, queryEnv(context));
  const collections = [...context.store.collections];
  const names = [...new Set(collections.map(({ namespace }) => databaseOf(namespace)))].toSorted();
  const databases = names.map((name): Document => ({ name, sizeOnDisk: Long.ZERO, empty: false })).filter(matches);
  if (booleanArgument(context, 'nameOnly'))
    return { body: { databases: databases.map(({ name }) => ({ name })), ok: 1 } };
  return { body: { databases, totalSize: Long.ZERO, totalSizeMb: Long.ZERO, ok: 1 } };
}

export function dbStats(context: CommandContext): Reply {
  const collections = [...context.store.collections].filter(
    ({ namespace }) => databaseOf(namespace) === context.database,
  );
  const objects = collections.reduce((sum, { count }) => sum + count, 0);
  const dataSize = collections.reduce((sum, collection) => sum + bytesIn(context, collection), 0);
  const indexes = collections.reduce((sum, collection) => sum + collection.indexes.length, 0);
  const avgObjSize = objects === 0 ? 0 : dataSize / objects;
  return {
    body: {
      db: context.database,
      collections: collections.length,
      objects,
      avgObjSize,
      dataSize,
      storageSize: dataSize,
      indexes,
      ok: 1,
    },
  };
}

export function collStats(context: CommandContext): Reply {
  const namespace = namespaceOf(context, context.body.collStats);
  const collection = context.store.collection(namespace);
  const size = collection === undefined ? 0 : bytesIn(context, collection);
  const count = collection?.count ?? 0;
  return {
    body: {
      ns: namespace,
      count,
      size,
      storageSize: size,
      ...(count === 0 ? {} : { avgObjSize: Math.round(size / count) }),
      nindexes: collection?.indexes.length ?? 0,
      capped: collection?.options.capped === true,
      ok: 1,
    },
  };
}

/** Counts a collection again, document by document. */
export function validate(context: CommandContext): Reply {
  const collection = existingCollection(context.store, namespaceOf(context, context.body.validate));
  const nrecords = countRecords(context.store, collection);
  const errors =
    nrecords === collection.count ? [] : [`the count is ${collection.count}, but there are ${nrecords} documents`];
  return {
    body: {
      ns: collection.namespace,
      nrecords,
      nIndexes: collection.indexes.length,
      valid: errors.length === 0,
      errors,
      ok: 1,
    },
  };
}

function countRecords(store: Store, collection: Collection): number {
  let records = 0;
  for (const _ of store.scan(collection)) records++;
  return records;
}

function bytesIn({ store, deadline }: CommandContext, collection: Collection): number {
  let bytes = 0;
  for (const { stored } of store.scan(collection)) {
    deadline.check();
    bytes += stored.raw.length;
  }
  return bytes;
}
