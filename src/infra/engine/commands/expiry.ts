import type { Collection } from '../store/collection.js';
import type { GroupCommit } from '../store/group-commit.js';
import { removeRecord } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { Document } from '../values/types.js';
import { Deadline } from './deadline.js';
import { findDocuments } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { timeFieldOf } from './time-series.js';

/** How many documents one round removes, so that others are not kept waiting. */
const ROUND = 5000;

/** Which documents of a collection end, and when: so many seconds after the date in a field. */
type Expiry = {
  namespace: string;
  path: string;
  seconds: number;
  /** Of a partial index: documents that it leaves out never expire. */
  partialFilter?: Document | undefined;
  collation?: Document | undefined;
};

/** Removes the documents whose time is over, by a TTL index or by a time series' own limit. @returns how many */
export async function removeExpired(commit: GroupCommit, now: Date): Promise<number> {
  let removed = 0;
  for (const expiry of [...commit.store.collections].flatMap(expiriesOf)) {
    let inRound: number;
    do {
      inRound = await commit.write(() => removeRound(commit.store, expiry, now));
      removed += inRound;
    } while (inRound === ROUND);
  }
  return removed;
}

function expiriesOf(collection: Collection): Expiry[] {
  const { namespace, indexes, options } = collection;
  const expiries = indexes.flatMap(({ expireAfterSeconds: seconds, fields: [field], partialFilter, collation }) =>
    seconds === undefined || field === undefined
      ? []
      : [{ namespace, path: field.path, seconds, partialFilter, collation }],
  );
  const timeField = timeFieldOf(collection);
  if (timeField === undefined || options.expireAfterSeconds === undefined) return expiries;
  return [...expiries, { namespace, path: timeField, seconds: Number(options.expireAfterSeconds) }];
}

function removeRound(store: Store, expiry: Expiry, now: Date): number {
  const { namespace, path, seconds, partialFilter = {}, collation } = expiry;
  const collection = store.collection(namespace);
  // It may have been dropped since the last round.
  if (collection === undefined) return 0;
  const latest = new Date(now.getTime() - seconds * 1000);
  const env = queryEnv({ now, deadline: new Deadline(undefined) }, { collation });
  // Only dates are below a date: what is none never expires. Of several dates in an array the earliest counts.
  const filter = { $and: [{ [path]: { $lte: latest } }, partialFilter] };
  const expired = [...findDocuments(store, collection, { filter, collation, limit: ROUND }, env)];
  for (const found of expired) removeRecord(store.file, collection, found);
  return expired.length;
}
