import { indexNotFound, invalidOptions, notImplemented } from '../errors.js';
import { isExpiry } from '../indexes/index-spec.js';
import { isSameKeyPattern } from '../indexes/key-pattern.js';
import type { Collection } from '../store/collection.js';
import type { Store } from '../store/store.js';
import { show } from '../values/show.js';
import { asDocument, type Document } from '../values/types.js';

const OPTIONS = ['expireAfterSeconds', 'hidden'];

/**
 * The `index` part of collMod: changes when documents expire, or hides an index from queries.
 *
 * @returns what the reply tells of it: each option as it was and as it is.
 * @throws {EngineError} 27 if there is no such index, 72 for an expiry that gives no date and for what changes nothing,
 * 238 for an option that stays as it is.
 */
export function collModIndex(store: Store, collection: Collection, change: Document): Document {
  if ((change.name === undefined) === (change.keyPattern === undefined)) {
    throw invalidOptions('Must specify either index name or key pattern, and not both');
  }
  const options = Object.keys(change).filter((field) => field !== 'name' && field !== 'keyPattern');
  if (options.length === 0) throw invalidOptions('no expireAfterSeconds, hidden, unique, or prepareUnique field');
  const other = options.find((option) => !OPTIONS.includes(option));
  if (other !== undefined) throw notImplemented(`collMod of the embedded engine cannot change '${other}' of an index`);
  const index = collection.indexes.find(({ name, spec }) =>
    change.name === undefined
      ? isSameKeyPattern(asDocument(spec.key), asDocument(change.keyPattern))
      : name === change.name,
  );
  if (index === undefined) {
    throw indexNotFound(`cannot find index ${show(change.name ?? change.keyPattern)} for ns ${collection.namespace}`);
  }
  const { expireAfterSeconds: seconds } = change;
  if (seconds !== undefined && !isExpiry(seconds)) {
    throw invalidOptions(`'expireAfterSeconds' must be a number within an acceptable range, not ${show(seconds)}`);
  }
  const told: Document = {};
  const spec: Document = { ...index.spec };
  for (const option of OPTIONS) {
    if (change[option] === undefined) continue;
    if (spec[option] !== undefined) told[`${option}_old`] = spec[option];
    told[`${option}_new`] = change[option];
    spec[option] = change[option];
  }
  store.replaceIndexSpec(collection, index, spec);
  return told;
}
