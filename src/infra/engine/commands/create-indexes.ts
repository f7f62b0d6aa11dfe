import { badValue, cannotCreateIndex, EngineError, indexKeySpecsConflict, indexOptionsConflict } from '../errors.js';
import { idIndexSpec, type Index, isSameCollation, isTrue } from '../indexes/index-spec.js';
import { isTextIndex } from '../indexes/text-index.js';
import { isSameKeyPattern } from '../indexes/key-pattern.js';
import type { Collection } from '../store/collection.js';
import { equalValues } from '../values/compare.js';
import { show } from '../values/show.js';
import { asDocument, type Document, isDocument, typeName } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { arrayArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { checkIndexSpec } from './index-checks.js';
import { namespaceOf, writableCollection } from './namespaces.js';

const MAX_INDEXES = 64;

export function createIndexes(context: CommandContext): Reply {
  const { store, body } = context;
  const namespace = namespaceOf(context, body.createIndexes);
  const given = arrayArgument(context, 'indexes') ?? [];
  if (given.length === 0) throw badValue('Must specify at least one index to create');
  const specs = given.map((spec) => {
    if (!isDocument(spec))
      throw badValue(`The elements of the 'indexes' array must be objects, but got ${typeName(spec)}`);
    return checkIndexSpec(spec, context);
  });
  const isNew = store.collection(namespace) === undefined;
  const collection = writableCollection(store, namespace);
  const numIndexesBefore = collection.indexes.length;
  for (const spec of specs) createOne(context, collection, withCollation(collection, spec));
  const numIndexesAfter = collection.indexes.length;
  const note = numIndexesAfter === numIndexesBefore ? { note: 'all indexes already exist' } : {};
  return { body: { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically: isNew, ...note, ok: 1 } };
}

const idKey = asDocument(idIndexSpec({}).key);

function createOne({ store }: CommandContext, collection: Collection, spec: Document): void {
  if (isSameKeyPattern(asDocument(spec.key), idKey)) return;
  if (exists(collection, spec)) return;
  const textIndex = collection.indexes.find(isTextIndex);
  if (textIndex !== undefined && isTextIndex({ spec })) {
    throw cannotCreateIndex(
      `only one text index per collection allowed, found existing text index "${textIndex.name}"`,
    );
  }
  if (collection.indexes.length >= MAX_INDEXES) {
    throw cannotCreateIndex(`add index fails, too many indexes for ${collection.namespace} key:${show(spec.key)}`);
  }
  store.createIndex(collection, spec);
}

/** An index has its collection's collation unless it has one of its own. */
function withCollation(collection: Collection, spec: Document): Document {
  const { collation = collection.options.collation, ...rest } = spec;
  if (collation === undefined || asDocument(collation)?.locale === 'simple') return rest;
  return { ...rest, collation };
}

/**
 * Whether the very same index is there.
 *
 * @throws {EngineError} 85 or 86 if one is there that differs in name or in options only.
 */
function exists({ indexes }: Collection, spec: Document): boolean {
  const named = indexes.find(({ name }) => name === spec.name);
  if (named !== undefined) {
    if (!isSameIndex(named.spec, spec)) throw nameConflict(named, spec);
    if (hasSameOptions(named.spec, spec)) return true;
    throw indexOptionsConflict(
      `An equivalent index already exists with the same name but different options. Requested index: ${show(spec)}, existing index: ${show(named.spec)}`,
    );
  }
  const same = indexes.find((index) => isSameIndex(index.spec, spec));
  if (same === undefined) return false;
  throw indexOptionsConflict(`Index already exists with a different name: ${same.name}`);
}

function nameConflict({ spec: existing }: Index, spec: Document): EngineError {
  return indexKeySpecsConflict(
    `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${show(spec)}, existing index: ${show(existing)}`,
  );
}

/** What makes an index another one: beside its key, all that decides which keys it holds. */
function isSameIndex(one: Document, other: Document): boolean {
  return (
    isSameKeyPattern(asDocument(one.key), asDocument(other.key)) &&
    isTrue(one.unique) === isTrue(other.unique) &&
    isTrue(one.sparse) === isTrue(other.sparse) &&
    isSameCollation(asDocument(one.collation), asDocument(other.collation)) &&
    equalValues(one.partialFilterExpression ?? null, other.partialFilterExpression ?? null)
  );
}

const hasSameOptions = (one: Document, other: Document): boolean =>
  equalValues(one.expireAfterSeconds ?? null, other.expireAfterSeconds ?? null);
