import { entriesOf } from './indexes/entries.js';
import type { Index } from './indexes/index-spec.js';
import type { Collection } from './store/collection.js';
import { prefix, Space } from './store/key-space.js';
import { entryKey, type Found } from './store/records.js';
import { Store } from './store/store.js';
import { checkDocument } from './wire/check-document.js';

export type CollectionReport = {
  namespace: string;
  documents: number;
  indexes: number;
  /** One sentence for each thing that is not as it should be; none if all is well. */
  problems: string[];
};

/**
 * Looks at everything in a folder that no engine has open: whether each page of the data file and each document is whole, the counts are right, and each index
 * holds exactly the keys of the documents. Changes nothing.
 *
 * @throws {StoreError} if the folder is in use, its data file is not whole, or a newer version wrote it.
 */
export async function doctor(dir: string): Promise<CollectionReport[]> {
  const store = await Store.open({ dir, isSuspicious: true });
  try {
    return [...store.collections].map((collection) => examine(store, collection));
  } finally {
    await store.close();
  }
}

function examine(store: Store, collection: Collection): CollectionReport {
  const problems: string[] = [];
  const expected = new Map<Index, number>(collection.indexes.map((index) => [index, 0]));
  let documents = 0;
  for (const found of store.scan(collection)) {
    documents++;
    const problem = problemOf(found);
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    for (const index of collection.indexes) {
      const keys = entriesOf(index, found.stored).keys;
      expected.set(index, (expected.get(index) ?? 0) + keys.length);
      for (const key of keys) {
        const holder = store.file.get(entryKey(index, key, found.record));
        if (holder?.equals(found.record) !== true) {
          problems.push(`index ${index.name} does not lead to record ${found.record.toString('hex')}`);
        }
      }
    }
  }
  if (documents !== collection.count)
    problems.push(`the count is ${collection.count}, but there are ${documents} documents`);
  for (const [index, keys] of expected) {
    const actual = store.file.count(prefix(Space.index, index.id));
    if (actual !== keys) problems.push(`index ${index.name} has ${actual} keys, but the documents have ${keys}`);
  }
  return { namespace: collection.namespace, documents, indexes: collection.indexes.length, problems };
}

function problemOf({ record, stored: { raw } }: Found): string | undefined {
  try {
    checkDocument(raw, 0, raw.length);
    return undefined;
  } catch (error) {
    return `record ${record.toString('hex')} is no document: ${error instanceof Error ? error.message : String(error)}`;
  }
}
