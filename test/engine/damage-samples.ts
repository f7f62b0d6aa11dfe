import { encode, StoredDocument } from '../../src/infra/engine/store/bson.js';
import { insertRecord, removeRecord } from '../../src/infra/engine/store/records.js';
import { Store } from '../../src/infra/engine/store/store.js';
import type { Document } from '../../src/infra/engine/values/types.js';

export const NAMESPACE = 'tomato.samples';

/** What is left after some were removed, in the order of insertion. */
export const SAMPLES: readonly number[] = Array.from({ length: 1200 }, (_, n) => n).filter((n) => n % 5 !== 3);

/** Every fiftieth is so large that LMDB gives it pages of its own. */
export const sampleDocument = (n: number): Document => ({
  _id: n,
  key: `key ${n}`,
  group: n % 7,
  text: String.fromCodePoint(97 + (n % 26)).repeat(n % 50 === 0 ? 9000 : 100 + (n % 200)),
});

/** A folder with documents, three indexes, large values, and a free list; closed properly. */
export async function fillWithSamples(dir: string): Promise<void> {
  const store = await Store.open({ dir });
  const collection = store.transaction(() => store.createCollection(NAMESPACE, {}));
  store.transaction(() => {
    store.createIndex(collection, { v: 2, key: { key: 1 }, name: 'key_1', unique: true });
    store.createIndex(collection, { v: 2, key: { group: 1 }, name: 'group_1' });
  });
  const all = Array.from({ length: 1200 }, (_, n) => n);
  for (let from = 0; from < all.length; from += 300) {
    store.transaction(() => {
      for (const n of all.slice(from, from + 300)) {
        insertRecord(store.file, collection, new StoredDocument(encode(sampleDocument(n))));
      }
    });
  }
  const kept = new Set(SAMPLES);
  store.transaction(() => {
    for (const [n, found] of [...store.scan(collection)].entries()) {
      if (!kept.has(n)) removeRecord(store.file, collection, found);
    }
  });
  await store.close();
}
