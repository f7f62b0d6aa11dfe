import { EngineError } from '../errors.js';
import { show } from '../values/show.js';
import { rowWithKey } from './entries.js';
import type { Index } from './index-spec.js';
import type { Document } from '../values/types.js';

/** @param key the key in `index` that both documents have */
export function duplicateKey(namespace: string, index: Index, document: Document, key: Buffer): EngineError {
  const row = rowWithKey(index, document, key);
  const keyValue: Document = {};
  index.fields.forEach(({ path }, position) => {
    const value = row[position];
    keyValue[path] = value === undefined || typeof value === 'symbol' ? null : value;
  });
  return new EngineError(
    11000,
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: ${index.name} dup key: ${show(keyValue)}`,
    { keyPattern: index.spec.key, keyValue },
  );
}
