import { expect } from 'vitest';
import { compileUpdate } from '../../src/infra/engine/query/update.js';
import type { Document } from '../../src/infra/engine/values/types.js';
import { bson, env, typed } from './bson.js';

/** What an update is made with beside itself. */
export type Case = {
  readonly filter?: object;
  readonly arrayFilters?: object[];
  readonly isInsert?: boolean;
  readonly collation?: object;
};

/** An update, checked but not yet made. */
export const compile = (update: object, { arrayFilters, collation }: Case = {}) =>
  compileUpdate(Array.isArray(update) ? update.map((stage: object) => bson(stage)) : bson(update), {
    env: env({ ...(collation && { collation }) }),
    arrayFilters: arrayFilters?.map(bson),
  });

/** A document after an update. */
export const apply = (document: object, update: object, of: Case = {}): Document =>
  compile(update, of).apply(bson(document), { isInsert: of.isInsert ?? false, filter: bson(of.filter ?? {}) });

/** Expects whole values, and the fields in order; each document has the `_id` 1. */
export const expectUpdated = (document: object, update: object, expected: object, of: Case = {}) => {
  const updated = apply({ _id: 1, ...document }, update, of);
  expect(typed(updated)).toEqual(typed(bson({ _id: 1, ...expected })));
  expect(Object.keys(updated)).toEqual(['_id', ...Object.keys(expected)]);
};
