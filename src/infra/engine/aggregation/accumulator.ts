import type { QueryEnv } from '../values/env.js';
import type { Document, Value } from '../values/types.js';

/** What one field of a group has gathered so far. */
export type Accumulator = {
  /** Takes the next document in. Gives how many bytes it holds more. */
  add(this: void, document: Document): number;
  result(this: void): Value;
};

/** Begins a group; `n` of some accumulators may depend on the group's key. */
export type NewAccumulator = (this: void, groupKey: Value) => Accumulator;

export type CompileAccumulator = (argument: Value, env: QueryEnv, name: string) => NewAccumulator;
