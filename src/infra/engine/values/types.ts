import type { Decimal128, Double, Int32, Long } from 'bson';

/**
 * A BSON value as the whole engine holds it: what `bson.deserialize` gives with values, longs and buffers not promoted
 * and `bsonRegExp` set. Numbers are boxed, so that 1, 1.0, 1L and 1m stay four values. `undefined` is a missing field.
 */
export type Value = unknown;

/** Documents and arrays are never altered once made; who changes one makes a new one, which may share unchanged parts. */
export type Document = Record<string, Value>;

export type NumberValue = Int32 | Double | Long | Decimal128;

export type TypeName =
  | 'missing'
  | 'minKey'
  | 'double'
  | 'string'
  | 'object'
  | 'array'
  | 'binData'
  | 'undefined'
  | 'objectId'
  | 'bool'
  | 'date'
  | 'null'
  | 'regex'
  | 'dbPointer'
  | 'javascript'
  | 'symbol'
  | 'javascriptWithScope'
  | 'int'
  | 'timestamp'
  | 'long'
  | 'decimal'
  | 'maxKey';

/** BSON's own type numbers, by the alias that `$type` takes. */
export const TYPE_NUMBERS: Readonly<Record<TypeName, number>> = {
  missing: 0,
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
};

const BOXED: Readonly<Record<string, TypeName>> = {
  Int32: 'int',
  Double: 'double',
  Long: 'long',
  Decimal128: 'decimal',
  ObjectId: 'objectId',
  Binary: 'binData',
  Timestamp: 'timestamp',
  BSONRegExp: 'regex',
  BSONSymbol: 'symbol',
  MinKey: 'minKey',
  MaxKey: 'maxKey',
  DBRef: 'object',
};

/** @throws {TypeError} for what is no BSON value, such as a bare JavaScript number. */
export function typeName(value: Value): TypeName {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'undefined':
      return 'missing';
    case 'object':
      return objectTypeName(value);
    default:
      throw new TypeError(`A ${typeof value} is not a BSON value.`);
  }
}

function objectTypeName(value: object | null): TypeName {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isDocument(value)) return 'object';
  if (value instanceof Date) return 'date';
  const tag = tagOf(value);
  const name = BOXED[tag ?? ''];
  if (name !== undefined) return name;
  if (tag === 'Code') return (value as { scope?: unknown }).scope ? 'javascriptWithScope' : 'javascript';
  throw new TypeError(`A ${value.constructor.name} is not a BSON value.`);
}

export const typeNumber = (value: Value): number => TYPE_NUMBERS[typeName(value)];

/** By prototype and not by `_bsontype`, which a stored document may have as a field of its own. */
export function isDocument(value: Value): value is Document {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The document that the value is: itself, or the fields that a DBRef stands for. */
export function asDocument(value: Value): Document | undefined {
  if (isDocument(value)) return value;
  return tagOf(value) === 'DBRef' ? (value as { toJSON(): Document }).toJSON() : undefined;
}

/** The class of a boxed value, as `bson` names it; undefined for all others. */
export function tagOf(value: Value): string | undefined {
  if (typeof value !== 'object' || value === null || isDocument(value)) return undefined;
  return (value as { _bsontype?: string })._bsontype;
}

export function isNumber(value: Value): value is NumberValue {
  switch (tagOf(value)) {
    case 'Int32':
    case 'Double':
    case 'Long':
    case 'Decimal128':
      return true;
    default:
      return false;
  }
}

export const isInt32 = (value: Value): value is Int32 => tagOf(value) === 'Int32';
export const isDouble = (value: Value): value is Double => tagOf(value) === 'Double';
export const isLong = (value: Value): value is Long => tagOf(value) === 'Long';
export const isDecimal = (value: Value): value is Decimal128 => tagOf(value) === 'Decimal128';

/** Null or missing: what most expressions answer with null. */
export const isNullish = (value: Value): value is null | undefined => value === null || value === undefined;
