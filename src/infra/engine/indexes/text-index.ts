import { Int32 } from 'bson';
import type { TextField } from '../values/env.js';
import { asDocument, type Document } from '../values/types.js';
import type { Index } from './index-spec.js';

/*
 * A text index is a declaration: it says which fields `$text` searches and how much each counts. It holds no keys; a search looks at
 * every document that the rest of the filter leaves.
 */

/** Whether a key pattern, as a client gives it, asks for a text index. */
export const isTextKey = (key: Document): boolean => Object.values(key).includes('text');

/** A text index as it is kept and listed: the fields as weights, the key as mongod writes it. */
export function textSpec(spec: Document): Document {
  const key = asDocument(spec.key) ?? {};
  const weights = Object.fromEntries(
    Object.keys(key)
      .filter((path) => key[path] === 'text')
      .map((path) => [path, asDocument(spec.weights)?.[path] ?? new Int32(1)]),
  );
  const others = Object.fromEntries(Object.entries(key).filter(([, direction]) => direction !== 'text'));
  return {
    default_language: 'english',
    language_override: 'language',
    ...spec,
    key: { ...others, _fts: 'text', _ftsx: new Int32(1) },
    weights: { ...weights, ...asDocument(spec.weights) },
    textIndexVersion: new Int32(3),
  };
}

/** The fields of a collection's text index, of which there is at most one; undefined where there is none. */
export function textFieldsOf(indexes: readonly Index[]): TextField[] | undefined {
  const weights = asDocument(indexes.find(isTextIndex)?.spec.weights);
  if (weights === undefined) return undefined;
  return Object.entries(weights).map(([path, weight]) => ({ path, weight: Number(weight) }));
}

export const isTextIndex = ({ spec }: Pick<Index, 'spec'>): boolean => asDocument(spec.key)?._fts === 'text';
