import { Decimal128, Double, EJSON, Long, deserialize, serialize } from 'bson';
import type { QueryEnv } from '../../src/infra/engine/values/env.js';
import { compileCollation } from '../../src/infra/engine/values/collation.js';
import type { Document, Value } from '../../src/infra/engine/values/types.js';

const BOXED = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;

/** A document as the engine holds it. A bare integer is an int, another bare number a double. */
export const bson = (document: object): Document => deserialize(serialize(document), BOXED);

/** One value as the engine holds it. */
export const value = (of: unknown): Value => bson({ of }).of;

export const decimal = (text: string) => Decimal128.fromString(text);
export const long = (text: string) => Long.fromString(text);
export const double = (number: number) => new Double(number);

/** Canonical extended JSON, in which each type of number is written apart: for comparing whole values. */
export const typed = (of: Value): unknown =>
  EJSON.serialize({ of: of === undefined ? '(missing)' : of }, { relaxed: false }).of;

export const NOW = new Date('2026-01-02T03:04:05.678Z');

export const env = (options: { collation?: object; variables?: object } = {}): QueryEnv => ({
  now: NOW,
  collation: compileCollation(options.collation === undefined ? undefined : bson(options.collation)),
  variables: bson(options.variables ?? {}),
  checkTime: () => {},
});
