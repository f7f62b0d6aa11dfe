import type { IndexAccess, Plan } from '../indexes/planner.js';
import { StoredDocument } from './bson.js';
import type { Collection } from './collection.js';
import type { DataFile } from './data-file.js';
import { documentKey, prefix, Space, successor } from './key-space.js';
import type { Found } from './records.js';
import type { Store } from './store.js';

/** The documents where a plan says to look, each once. */
export function* candidates(store: Store, collection: Collection, plan: Plan): Generator<Found> {
  if (plan.kind === 'collection') {
    yield* store.scan(collection, { isReverse: plan.isReverse });
    return;
  }
  const seen = mayRepeat(plan.accesses) ? new Set<string>() : undefined;
  for (const access of plan.accesses) {
    for (const record of recordsOf(store.file, access, plan.isReverse)) {
      if (seen !== undefined) {
        const name = record.toString('latin1');
        if (seen.has(name)) continue;
        seen.add(name);
      }
      // Gone if it was removed since this part of the index was read.
      const raw = store.file.get(documentKey(collection.id, record));
      if (raw !== undefined) yield { record, stored: new StoredDocument(raw) };
    }
  }
}

/** How many documents a plan finds where all that it finds matches, each once: as the collection or the index knows, without reading them. */
export function countCandidates(store: Store, collection: Collection, plan: Plan, checkTime: () => void): number {
  if (plan.kind === 'collection') return collection.count;
  let count = 0;
  for (const access of plan.accesses) {
    const records = recordsOf(store.file, access, false);
    while (records.next().done !== true) {
      checkTime();
      count += 1;
    }
  }
  return count;
}

const mayRepeat = (accesses: readonly IndexAccess[]): boolean =>
  accesses.length > 1 || accesses.some(({ index }) => index.multikey.size > 0);

function* recordsOf(file: DataFile, { index, ranges }: IndexAccess, isReverse: boolean): Generator<Buffer> {
  const start = prefix(Space.index, index.id);
  for (const range of isReverse ? ranges.toReversed() : ranges) {
    const from = Buffer.concat([start, range.start]);
    if (index.isUnique && range.isOneKey === true) {
      const record = file.get(from);
      if (record !== undefined) yield record;
      continue;
    }
    const end = range.end === undefined ? successor(start) : Buffer.concat([start, range.end]);
    for (const { value } of file.range({ start: from, end, isReverse })) yield value;
  }
}
