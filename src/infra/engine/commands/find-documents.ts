import { badValue } from '../errors.js';
import { type Index } from '../indexes/index-spec.js';
import { isSameKeyPattern } from '../indexes/key-pattern.js';
import { type Plan, planFor } from '../indexes/planner.js';
import { compileFilter } from '../query/filter.js';
import { compileSort } from '../query/sort.js';
import { withTextScore } from '../query/text-search.js';
import { candidates, countCandidates } from '../store/candidates.js';
import type { Collection } from '../store/collection.js';
import type { Found } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { QueryEnv } from '../values/env.js';
import { asDocument, type Document, isDocument, isNumber, type Value } from '../values/types.js';
import { collationOf } from './query-env.js';
import { sortFound } from './sort-found.js';

/** What is looked for, in what order, and how much of it. */
export type Search = {
  filter: Document;
  sort?: Document | undefined;
  skip?: number | undefined;
  /** 0 and undefined mean all. */
  limit?: number | undefined;
  /** The collation that the command gives; the collection's own otherwise. */
  collation?: Document | undefined;
  /** An index by name or by key, or `{ $natural: 1 }`. */
  hint?: Value;
};

/** The documents that match, found through the best index, in order, with skip and limit applied. */
export function* findDocuments(store: Store, collection: Collection, search: Search, env: QueryEnv): Generator<Found> {
  const matches = compileFilter(search.filter, env);
  const { sort, plan } = planSearch(collection, search);
  const found = matching(candidates(store, collection, plan), isExact(plan, search.filter) ? undefined : matches, env);
  const skip = search.skip ?? 0;
  const limit = search.limit === undefined || search.limit === 0 ? Infinity : search.limit;
  if (sort === undefined || (plan.kind === 'indexes' && plan.isSorted)) yield* slice(found, skip, limit);
  else {
    const scored = withTextScore(env, search.filter);
    yield* slice(sortFound(store, collection, found, { sort, keep: skip + limit, env: scored }), skip, limit);
  }
}

/** Finds what is wrong with a search, even where there is nothing to find. */
export function checkSearch({ filter, sort }: Pick<Search, 'filter' | 'sort'>, env: QueryEnv): void {
  compileFilter(filter, env);
  if (sort === undefined || naturalOrder(sort) !== undefined) return;
  compileSort(sort, env.collation, withTextScore(env, filter).textScore);
}

/** How many documents match: as the collection knows, or counted in an index without reading them, where the filter says no more than that. */
export function countDocuments(store: Store, collection: Collection, search: Search, env: QueryEnv): number {
  compileFilter(search.filter, env);
  const { plan } = planSearch(collection, search);
  if (!isExact(plan, search.filter)) return lengthOf(findDocuments(store, collection, search, env));
  return within(countCandidates(store, collection, plan, env.checkTime), search);
}

export function lengthOf(items: Iterator<unknown>): number {
  let length = 0;
  while (items.next().done !== true) length++;
  return length;
}

/** How many of so many are left when `skip` and `limit` are applied. */
export function within(total: number, { skip = 0, limit = 0 }: Pick<Search, 'skip' | 'limit'>): number {
  const rest = Math.max(0, total - skip);
  return limit === 0 ? rest : Math.min(rest, limit);
}

/**
 * Finds all that match before the first is given, for those who change them: a document that a change moves in an index would
 * be found again. Of many only the records are held meanwhile, and the documents read again, for together they may be more than
 * fits in memory.
 */
export function* findToChange(store: Store, collection: Collection, search: Search, env: QueryEnv): Generator<Found> {
  const found = findDocuments(store, collection, search, env);
  if (search.limit === 1) {
    yield* found;
    return;
  }
  const records = Array.from(found, ({ record }) => record);
  for (const record of records) {
    env.checkTime();
    yield store.found(collection, record);
  }
}

/** How a search would be done. @throws {EngineError} 2 if the hint names no index. */
export function planSearch(collection: Collection, search: Search): { plan: Plan; sort: Document | undefined } {
  const sort = search.sort === undefined || Object.keys(search.sort).length === 0 ? undefined : search.sort;
  const natural = naturalOrder(sort) ?? naturalOrder(asDocument(search.hint));
  if (natural !== undefined) {
    return {
      plan: { kind: 'collection', isReverse: natural < 0 },
      sort: naturalOrder(sort) === undefined ? sort : undefined,
    };
  }
  const collation = collationOf(collection, search.collation);
  const hint = hintedIndex(collection, search.hint);
  return { plan: planFor(collection.indexes, { filter: search.filter, sort, collation, hint }), sort };
}

const isExact = (plan: Plan, filter: Document): boolean =>
  plan.kind === 'indexes' ? plan.isExact : Object.keys(filter).length === 0;

function* matching(
  found: Iterable<Found>,
  matches: ((document: Document) => boolean) | undefined,
  env: QueryEnv,
): Generator<Found> {
  for (const one of found) {
    env.checkTime();
    if (matches === undefined || matches(one.stored.document)) yield one;
  }
}

function* slice<T>(items: Iterable<T>, skip: number, limit: number): Generator<T> {
  let position = 0;
  for (const item of items) {
    if (position++ < skip) continue;
    yield item;
    if (position - skip >= limit) return;
  }
}

function naturalOrder(pattern: Document | undefined): number | undefined {
  const direction = pattern?.$natural;
  return isNumber(direction) ? Number(direction) : undefined;
}

function hintedIndex({ indexes }: Collection, hint: Value): Index | undefined {
  if (hint === undefined || (isDocument(hint) && Object.keys(hint).length === 0)) return undefined;
  const index = indexes.find(({ name, spec }) =>
    typeof hint === 'string' ? name === hint : isSameKeyPattern(asDocument(spec.key), asDocument(hint)),
  );
  if (index !== undefined && !index.isHidden) return index;
  throw badValue(
    'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
  );
}
