import type { QueryEnv } from '../values/env.js';
import type { Document, Value } from '../values/types.js';
import type { ArrayFilters } from './array-filters.js';
import type { PathManner, UpdateContext } from './update-path.js';

/** One operator on one field, ready to be applied to any document. */
export type Action = {
  /** Every path that it writes to, the one that it is ordered by first. */
  readonly paths: readonly string[];
  readonly apply: (document: Document, context: UpdateContext) => Document;
};

export type ActionSpec = {
  readonly operator: UpdateOperator;
  readonly path: string;
  readonly argument: Value;
  readonly env: QueryEnv;
  readonly filters: ArrayFilters;
};

export type UpdateOperator = keyof typeof MANNERS;

/** What each operator does with a path that is not there. */
export const MANNERS = {
  $set: 'create',
  $setOnInsert: 'create',
  $unset: 'lenient',
  $inc: 'create',
  $mul: 'create',
  $min: 'create',
  $max: 'create',
  $currentDate: 'create',
  $bit: 'create',
  $push: 'create',
  $addToSet: 'create',
  $rename: 'create',
  $pop: 'existing',
  $pull: 'existing',
  $pullAll: 'existing',
} as const satisfies Record<string, PathManner>;

export const isUpdateOperator = (name: string): name is UpdateOperator => Object.hasOwn(MANNERS, name);
