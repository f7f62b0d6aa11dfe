import { UUID } from 'bson';
import { idIndexSpec, type Index, indexFromSpec } from '../indexes/index-spec.js';
import { StoredDocument } from './bson.js';
import {
  type Collection,
  isTimeSeries,
  isView,
  loadCollection,
  saveCollection,
  saveCount,
  withOptions,
} from './collection.js';
import type { DataFile } from './data-file.js';
import { type Folder, type FolderOptions, openFolder } from './folder.js';
import { documentKey, PREFIX_BYTES, prefix, Space, successor } from './key-space.js';
import { type Found, indexRecord } from './records.js';
import type { Document } from '../values/types.js';

export type ScanOptions = { after?: Buffer | undefined; isReverse?: boolean };

/** The catalog and the data file behind it. Every change happens inside {@link Store.transaction}. */
export class Store {
  /** By namespace. */
  readonly #collections = new Map<string, Collection>();
  #nextId = 1;
  /** The counts that are in the data file. */
  readonly #savedCounts = new WeakMap<Collection, number>();

  readonly file: DataFile;

  constructor(private readonly folder: Folder) {
    this.file = folder.file;
    this.#load();
  }

  /** @throws {StoreError} if another engine has the folder, its data file is not whole, or a newer version wrote it. */
  static async open(options: FolderOptions): Promise<Store> {
    const folder = await openFolder(options);
    try {
      return new Store(folder);
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /** Sees what was written since, by others. */
  refresh(): void {
    this.file.refresh();
    this.#load();
  }

  async close(): Promise<void> {
    await this.folder.close();
  }

  /** All or nothing, and on the disk when it returns. If `work` throws, the catalog is as before, too. */
  transaction<T>(work: () => T): T {
    try {
      return this.file.transaction(() => {
        const result = work();
        this.#saveCounts();
        return result;
      });
    } catch (error) {
      this.#load();
      throw error;
    }
  }

  get collections(): Iterable<Collection> {
    return this.#collections.values();
  }

  collection(namespace: string): Collection | undefined {
    return this.#collections.get(namespace);
  }

  createCollection(namespace: string, options: Document): Collection {
    const collection = withOptions({
      id: this.#nextId++,
      uuid: new UUID().toHexString(),
      namespace,
      options,
      indexes: [],
      count: 0,
      nextRecord: 1,
      accepts: undefined,
    });
    if (!isView(collection) && !isTimeSeries(collection)) {
      collection.indexes.push(indexFromSpec(this.#nextId++, idIndexSpec(options)));
    }
    this.#collections.set(namespace, collection);
    saveCollection(this.file, collection);
    return collection;
  }

  dropCollection(collection: Collection): void {
    this.#collections.delete(collection.namespace);
    this.file.removeAll(prefix(Space.document, collection.id));
    for (const { id } of collection.indexes) this.file.removeAll(prefix(Space.index, id));
    this.file.remove(prefix(Space.count, collection.id));
    this.file.remove(prefix(Space.collection, collection.id));
  }

  /** Removes every document, and keeps the collection and its indexes. */
  emptyCollection(collection: Collection): void {
    this.file.removeAll(prefix(Space.document, collection.id));
    for (const { id } of collection.indexes) this.file.removeAll(prefix(Space.index, id));
    collection.count = 0;
    collection.bytes = undefined;
  }

  renameCollection(collection: Collection, namespace: string): void {
    this.#collections.delete(collection.namespace);
    collection.namespace = namespace;
    this.#collections.set(namespace, collection);
    saveCollection(this.file, collection);
  }

  setOptions(collection: Collection, options: Document): void {
    collection.options = options;
    withOptions(collection);
    saveCollection(this.file, collection);
  }

  /**
   * Makes an index and fills it from the documents that are there.
   *
   * @throws {EngineError} 11000 if it is unique and two of them share a key; then there is no index.
   */
  createIndex(collection: Collection, spec: Document): void {
    const index = indexFromSpec(this.#nextId++, spec);
    this.file.transaction(() => {
      for (const found of this.scan(collection)) indexRecord(this.file, collection, index, found);
    });
    collection.indexes.push(index);
    saveCollection(this.file, collection);
  }

  replaceIndexSpec(collection: Collection, index: Index, spec: Document): void {
    const { id, multikey, hasCutKeys } = index;
    collection.indexes[collection.indexes.indexOf(index)] = indexFromSpec(id, spec, { multikey, hasCutKeys });
    saveCollection(this.file, collection);
  }

  dropIndex(collection: Collection, index: Index): void {
    collection.indexes = collection.indexes.filter((other) => other !== index);
    this.file.removeAll(prefix(Space.index, index.id));
    saveCollection(this.file, collection);
  }

  /** The document of a record that is known to be there. */
  found({ id }: Collection, record: Buffer): Found {
    const raw = this.file.get(documentKey(id, record));
    if (raw === undefined) throw new Error('a record that an index holds is not there');
    return { record, stored: new StoredDocument(raw) };
  }

  /** Every document in the order of insertion, or backwards; only those after one of them, if that is given. */
  *scan({ id }: Collection, { after, isReverse = false }: ScanOptions = {}): Generator<Found> {
    const all = prefix(Space.document, id);
    const start = after === undefined ? all : successor(documentKey(id, after));
    for (const { key, value } of this.file.range({ start, end: successor(all), isReverse })) {
      yield { record: key.subarray(PREFIX_BYTES), stored: new StoredDocument(value) };
    }
  }

  /** What the documents of a collection take together. */
  bytesOf(collection: Collection): number {
    if (collection.bytes !== undefined) return collection.bytes;
    let bytes = 0;
    for (const { stored } of this.scan(collection)) bytes += stored.raw.length;
    collection.bytes = bytes;
    return bytes;
  }

  #load(): void {
    this.#collections.clear();
    this.#nextId = 1;
    const start = Buffer.of(Space.collection);
    for (const { key, value } of this.file.range({ start, end: successor(start) })) {
      const collection = loadCollection(this.file, key.readUInt32BE(1), value);
      this.#collections.set(collection.namespace, collection);
      this.#savedCounts.set(collection, collection.count);
      this.#nextId = Math.max(this.#nextId, collection.id + 1, ...collection.indexes.map(({ id }) => id + 1));
    }
  }

  #saveCounts(): void {
    for (const collection of this.#collections.values()) {
      if (this.#savedCounts.get(collection) === collection.count) continue;
      saveCount(this.file, collection);
      this.#savedCounts.set(collection, collection.count);
    }
  }
}
