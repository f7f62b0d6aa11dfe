import { compileFilter } from '../query/filter.js';
import type { Collection } from '../store/collection.js';
import type { Found } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { QueryEnv } from '../values/env.js';
import type { Document } from '../values/types.js';

/** The matching documents of a capped collection, those there are and those to come; undefined means: none for now. */
export function* follow(
  store: Store,
  collection: Collection,
  filter: Document,
  env: QueryEnv,
): Generator<Found | undefined> {
  const matches = compileFilter(filter, env);
  let last: Buffer | undefined;
  for (;;) {
    for (const found of store.scan(collection, { after: last })) {
      env.checkTime();
      last = found.record;
      if (matches(found.stored.document)) yield found;
    }
    yield undefined;
  }
}
