import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'bson';

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

/**
 * Values are told apart by their prototype and not by `_bsontype`, which a stored document may have as a field of its own.
 */
const NAMES = new Map<unknown, TypeName>([
  [Object.prototype, 'object'],
  [null, 'object'],
  [Array.prototype, 'array'],
  [Int32.prototype, 'int'],
  [Double.prototype, 'double'],
  [Long.prototype, 'long'],
  [Decimal128.prototype, 'decimal'],
  [ObjectId.prototype, 'objectId'],
  [Date.prototype, 'date'],
  [Binary.prototype, 'binData'],
  [UUID.prototype, 'binData'],
  [Timestamp.prototype, 'timestamp'],
  [BSONRegExp.prototype, 'regex'],
  [BSONSymbol.prototype, 'symbol'],
  [MinKey.prototype, 'minKey'],
  [MaxKey.prototype, 'maxKey'],
  [DBRef.prototype, 'object'],
]);

const prototypeOf = (value: object): unknown => Object.getPrototypeOf(value);

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
      return value === null ? 'null' : objectTypeName(value);
    default:
      throw new TypeError(`A ${typeof value} is not a BSON value.`);
  }
}

function objectTypeName(value: object): TypeName {
  const name = NAMES.get(prototypeOf(value));
  if (name !== undefined) return name;
  if (value instanceof Code) return value.scope ? 'javascriptWithScope' : 'javascript';
  throw new TypeError(`A ${value.constructor.name} is not a BSON value.`);
}

export function isDocument(value: Value): value is Document {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = prototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The document that the value is: itself, or the fields that a DBRef stands for. */
export function asDocument(value: Value): Document | undefined {
  if (isDocument(value)) return value;
  return value instanceof DBRef ? { ...value.toJSON() } : undefined;
}

export function isNumber(value: Value): value is NumberValue {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = prototypeOf(value);
  return (
    prototype === Int32.prototype ||
    prototype === Double.prototype ||
    prototype === Long.prototype ||
    prototype === Decimal128.prototype
  );
}

export const isInt32 = (value: Value): value is Int32 => value instanceof Int32;
export const isDouble = (value: Value): value is Double => value instanceof Double;
/** A Timestamp is a kind of Long to JavaScript, but not to BSON. */
export const isLong = (value: Value): value is Long => value instanceof Long && !(value instanceof Timestamp);
export const isDecimal = (value: Value): value is Decimal128 => value instanceof Decimal128;
export const isRegex = (value: Value): value is BSONRegExp => value instanceof BSONRegExp;
export const isBinary = (value: Value): value is Binary => value instanceof Binary;
export const isObjectId = (value: Value): value is ObjectId => value instanceof ObjectId;

/** Null or missing: what most expressions answer with null. */
export const isNullish = (value: Value): value is null | undefined => value === null || value === undefined;
