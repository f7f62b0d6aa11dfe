import { type Index, indexFromSpec } from '../indexes/index-spec.js';
import { ruleEnv } from '../indexes/rule-env.js';
import { compileFilter } from '../query/filter.js';
import { decode, encode } from './bson.js';
import type { DataFile } from './data-file.js';
import { prefix, PREFIX_BYTES, RECORD_BYTES, Space, successor } from './key-space.js';
import type { Document, Value } from '../values/types.js';

/** A collection or a view, as the engine works with it while it is open. */
export type Collection = {
  readonly id: number;
  readonly uuid: string;
  /** `database.collection` */
  namespace: string;
  /** As `create` was given them: `validator`, `capped`, `viewOn` and so on. */
  options: Document;
  indexes: Index[];
  count: number;
  /** What its documents take together; reckoned when it is first asked for, and kept up from then on. */
  bytes?: number | undefined;
  /** The record of the next document: above those of all documents that are there. */
  nextRecord: number;
  /** Whether the collection's validator lets a document in. */
  accepts: ((document: Document) => boolean) | undefined;
};

export const isView = ({ options }: Collection): boolean => options.viewOn !== undefined;

/** Measurements by time: their `_id` may repeat. */
export const isTimeSeries = ({ options }: Collection): boolean => options.timeseries !== undefined;

export const databaseOf = (namespace: string): string => namespace.slice(0, namespace.indexOf('.'));
export const collectionNameOf = (namespace: string): string => namespace.slice(namespace.indexOf('.') + 1);

/** Numbers are boxed when they are read. */
type StoredIndex = { id: Value; spec: Document; multikey: Value[]; hasCutKeys: boolean };

/** Reads what {@link saveCollection} wrote, with the count and the next record. */
export function loadCollection(file: DataFile, id: number, raw: Buffer): Collection {
  const { namespace, uuid, options, indexes } = decode(raw) as Document & { indexes: StoredIndex[]; options: Document };
  const count = file.get(prefix(Space.count, id));
  return withOptions({
    id,
    uuid: String(uuid),
    namespace: String(namespace),
    options,
    indexes: indexes.map((index) => {
      const state = { multikey: new Set(index.multikey.map(Number)), hasCutKeys: index.hasCutKeys };
      return indexFromSpec(Number(index.id), index.spec, state);
    }),
    count: count === undefined ? 0 : Number(count.readBigUInt64BE()),
    nextRecord: nextRecord(file, id),
    accepts: undefined,
  });
}

export function saveCollection(file: DataFile, collection: Collection): void {
  const { id, namespace, uuid, options } = collection;
  const indexes: StoredIndex[] = collection.indexes.map((index) => ({
    id: index.id,
    spec: index.spec,
    multikey: [...index.multikey],
    hasCutKeys: index.hasCutKeys,
  }));
  file.put(prefix(Space.collection, id), encode({ namespace, uuid, options, indexes }));
}

export function saveCount(file: DataFile, { id, count }: Collection): void {
  const value = Buffer.allocUnsafe(8);
  value.writeBigUInt64BE(BigInt(count));
  file.put(prefix(Space.count, id), value);
}

/** Brings what follows from the options up to date after they changed. */
export function withOptions(collection: Collection): Collection {
  const validator = collection.options.validator as Document | undefined;
  const collation = collection.options.collation as Document | undefined;
  const hasValidator = validator !== undefined && Object.keys(validator).length > 0;
  collection.accepts = hasValidator ? compileFilter(validator, ruleEnv(collation)) : undefined;
  return collection;
}

function nextRecord(file: DataFile, id: number): number {
  const documents = prefix(Space.document, id);
  for (const { key } of file.range({ start: documents, end: successor(documents), isReverse: true })) {
    return key.readUIntBE(PREFIX_BYTES, RECORD_BYTES) + 1;
  }
  return 1;
}
