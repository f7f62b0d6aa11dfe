import { EngineError, invalidNamespace, namespaceNotFound } from '../errors.js';
import { type Collection, databaseOf, isView } from '../store/collection.js';
import type { Store } from '../store/store.js';
import { type Document, typeName, type Value } from '../values/types.js';
import type { CommandContext } from './context.js';

const MAX_NAMESPACE_BYTES = 255;
const MAX_DATABASE_BYTES = 63;

/** The namespace of the collection that a command names, as `database.collection`. */
export function namespaceOf({ database }: Pick<CommandContext, 'database'>, collection: Value): string {
  if (typeof collection !== 'string') {
    throw invalidNamespace(`collection name has invalid type ${typeName(collection)}`);
  }
  if (collection === '') throw invalidNamespace(`Invalid namespace specified '${database}.'`);
  if (collection.includes('\0')) throw invalidNamespace('namespaces cannot have embedded null characters');
  return `${database}.${collection}`;
}

/** @throws {EngineError} 26 if there is no such collection. */
export function existingCollection(store: Store, namespace: string): Collection {
  const collection = store.collection(namespace);
  if (collection === undefined) throw namespaceNotFound(`ns does not exist: ${namespace}`);
  return collection;
}

/**
 * The collection to write to; made if it is not there.
 *
 * @throws {EngineError} 73 for a name that no collection may have, 166 for a view.
 */
export function writableCollection(store: Store, namespace: string): Collection {
  const collection = store.collection(namespace) ?? createCollection(store, namespace, {});
  refuseView(collection);
  return collection;
}

export function refuseView(collection: Collection): void {
  if (!isView(collection)) return;
  throw new EngineError(
    166,
    'CommandNotSupportedOnView',
    `Namespace ${collection.namespace} is a view, not a collection`,
  );
}

/** @throws {EngineError} as {@link checkNewNamespace} does. */
export function createCollection(store: Store, namespace: string, options: Document): Collection {
  checkNewNamespace(store, namespace);
  return store.createCollection(namespace, options);
}

/** @throws {EngineError} 73 for a name that no collection may have, 13297 if the database differs in case only from another. */
export function checkNewNamespace(store: Store, namespace: string): void {
  checkNamespace(namespace);
  const database = databaseOf(namespace);
  for (const other of store.collections) {
    const known = databaseOf(other.namespace);
    if (known === database || known.toLowerCase() !== database.toLowerCase()) continue;
    throw new EngineError(
      13297,
      'DatabaseDifferCase',
      `db already exists with different case already have: [${known}] trying to create [${database}]`,
    );
  }
}

function checkNamespace(namespace: string): void {
  const database = databaseOf(namespace);
  const collection = namespace.slice(database.length + 1);
  if (!namespace.includes('.') || !isDatabaseName(database))
    throw invalidNamespace(`Invalid database name: '${database}'`);
  if (collection.includes('$')) throw invalidNamespace(`Invalid collection name: ${collection}`);
  if (collection.startsWith('.') || collection.endsWith('.') || collection.startsWith('system.')) {
    throw invalidNamespace(`Invalid collection name: ${collection}`);
  }
  if (Buffer.byteLength(namespace) > MAX_NAMESPACE_BYTES) {
    throw invalidNamespace(
      `Fully qualified namespace is too long. Namespace: ${namespace} Max: ${MAX_NAMESPACE_BYTES}`,
    );
  }
}

const isDatabaseName = (name: string): boolean =>
  name.length > 0 && Buffer.byteLength(name) <= MAX_DATABASE_BYTES && !/[/\\. "$*<>:|?\0]/.test(name);
