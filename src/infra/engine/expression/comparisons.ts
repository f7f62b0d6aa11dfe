import { Int32 } from 'bson';
import { compareValues } from '../values/compare.js';
import { binary } from './operator.js';
import type { Operators } from './operator.js';

const comparison = (holds: (order: number) => boolean) =>
  binary((left, right, _name, env) => holds(compareValues(left, right, env.collation)));

/** By the order of all values, so that types count: unlike in filters, 5 is less than any string. */
export const COMPARISONS: Operators = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $cmp: binary((left, right, _name, env) => new Int32(Math.sign(compareValues(left, right, env.collation)))),
};
