import type { Index } from '../indexes/index-spec.js';
import type { GroupCommit } from '../store/group-commit.js';
import { removeRecord } from '../store/records.js';
import type { Store } from '../store/store.js';
import { Deadline } from './deadline.js';
import { findDocuments, queryEnv } from './find-documents.js';

/** How many documents one round removes, so that others are not kept waiting. */
const ROUND = 5000;

/** Removes the documents whose time is over by a TTL index. @returns how many */
export async function removeExpired(commit: GroupCommit, now: Date): Promise<number> {
  let removed = 0;
  for (const { namespace, name } of expiringIndexes(commit.store)) {
    let inRound: number;
    do {
      inRound = await commit.write(() => removeRound(commit.store, namespace, name, now));
      removed += inRound;
    } while (inRound === ROUND);
  }
  return removed;
}

function expiringIndexes({ collections }: Store): { namespace: string; name: string }[] {
  return [...collections].flatMap(({ namespace, indexes }) =>
    indexes
      .filter(({ expireAfterSeconds, isInert }) => expireAfterSeconds !== undefined && !isInert)
      .map(({ name }) => ({ namespace, name })),
  );
}

function removeRound(store: Store, namespace: string, name: string, now: Date): number {
  const collection = store.collection(namespace);
  const index = collection?.indexes.find((one) => one.name === name);
  // Either may have been dropped since the last round.
  if (collection === undefined || index === undefined) return 0;
  const [field] = index.fields;
  const latest = latestExpired(index, now);
  const context = { now, deadline: new Deadline(undefined) };
  // Only dates are below a date: what is none never expires. Of several dates in an array the earliest counts.
  const search = { filter: { [field?.path ?? '']: { $lte: latest } }, limit: ROUND };
  const expired = [...findDocuments(store, collection, search, queryEnv(context, undefined))];
  for (const found of expired) removeRecord(store.file, collection, found);
  return expired.length;
}

const latestExpired = ({ expireAfterSeconds = 0 }: Index, now: Date): Date =>
  new Date(now.getTime() - expireAfterSeconds * 1000);
