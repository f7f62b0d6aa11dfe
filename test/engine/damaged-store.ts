/**
 * A process that damages copies of a folder, opens each, and tells what came of it: FOLDER FIRST_SEED ROUNDS. A process of its own,
 * because what it looks for may end it.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDocuments } from '../../src/infra/engine/commands/find-documents.js';
import { decode, encode, StoredDocument } from '../../src/infra/engine/store/bson.js';
import { insertRecord, removeRecord } from '../../src/infra/engine/store/records.js';
import { Store } from '../../src/infra/engine/store/store.js';
import { StoreError } from '../../src/infra/engine/store/store-errors.js';
import { damage } from './damage.js';
import { NAMESPACE, sampleDocument, SAMPLES } from './damage-samples.js';

const [folder = '', firstSeed = '0', rounds = '0'] = process.argv.slice(2);
const env = { collation: undefined, now: new Date(0), checkTime: () => undefined };

for (let seed = Number(firstSeed); seed < Number(firstSeed) + Number(rounds); seed++) {
  const dir = mkdtempSync(join(tmpdir(), 'tomato-damaged-'));
  try {
    const file = join(dir, 'store.mdb');
    copyFileSync(join(folder, 'store.mdb'), file);
    const kind = damage(file, seed);
    console.log(JSON.stringify({ seed, kind, outcome: await outcomeOf(dir) }));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** `refused`, `right`, or what was wrong. */
async function outcomeOf(dir: string): Promise<string> {
  let store: Store;
  try {
    store = await Store.open({ dir, noSync: true });
  } catch (error) {
    const isNamed = error instanceof StoreError && error.problem === 'DAMAGED' && error.message.includes('backup');
    return isNamed ? 'refused' : `refused without a name: ${String(error)}`;
  }
  try {
    return wrongOf(store) ?? 'right';
  } catch (error) {
    return `failed: ${String(error)}`;
  } finally {
    await store.close();
  }
}

/** Reads all by scan and by each index, and writes. */
function wrongOf(store: Store): string | undefined {
  const collection = store.collection(NAMESPACE);
  if (collection === undefined) return 'the collection is gone';
  const idsBy = (filter: object): unknown[] =>
    Array.from(findDocuments(store, collection, { filter: decode(encode({ ...filter })) }, env), ({ stored }) =>
      String(stored.document._id),
    );
  const scanned = [...store.scan(collection)];
  if (scanned.length !== SAMPLES.length || collection.count !== SAMPLES.length) return `${scanned.length} documents`;
  for (const [i, { stored }] of scanned.entries()) {
    if (!stored.raw.equals(encode(sampleDocument(SAMPLES[i] ?? 0)))) return `document ${i} is another`;
  }
  for (const n of SAMPLES) {
    if (idsBy({ _id: n }).join() !== String(n)) return `_id ${n} is not found`;
    if (idsBy({ key: `key ${n}` }).join() !== String(n)) return `key ${n} is not found`;
  }
  for (let group = 0; group < 7; group++) {
    const expected = SAMPLES.filter((n) => n % 7 === group).length;
    if (idsBy({ group }).length !== expected) return `group ${group} is not whole`;
  }
  store.transaction(() => {
    for (const found of scanned.slice(0, 200)) removeRecord(store.file, collection, found);
    for (let n = 10_000; n < 10_200; n++) {
      insertRecord(store.file, collection, new StoredDocument(encode(sampleDocument(n))));
    }
  });
  return collection.count === SAMPLES.length ? undefined : 'the count is wrong after writing';
}
