/*
 * Reading a top-level field of a document from its bytes, without decoding the document. The bytes must be well formed
 * (`checkDocument` saw them when they came in).
 */

/** The numbers that BSON gives to types. */
export const BsonType = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binary: 5,
  undefined: 6,
  objectId: 7,
  boolean: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  code: 13,
  symbol: 14,
  codeWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: 255,
  maxKey: 127,
} as const;

export type RawField = {
  type: number;
  /** Where the element starts: its type byte. */
  start: number;
  nameStart: number;
  valueStart: number;
  end: number;
};

/** A field's name as the bytes that are searched for, with the 0 that ends it. */
export const fieldName = (name: string): Buffer => Buffer.from(`${name}\0`, 'utf8');

/** @param name made by {@link fieldName} */
export function findField(raw: Buffer, name: Buffer): RawField | undefined {
  let at = 4;
  for (;;) {
    const type = raw[at];
    if (type === undefined || type === 0) return undefined;
    const nameStart = at + 1;
    const valueStart = raw.indexOf(0, nameStart) + 1;
    const end = valueStart + valueLength(raw, type, valueStart);
    if (valueStart - nameStart === name.length && isNameAt(raw, nameStart, name)) {
      return { type, start: at, nameStart, valueStart, end };
    }
    at = end;
  }
}

/** How many bytes a value takes; NaN for a type that does not exist. */
export function valueLength(raw: Buffer, type: number, at: number): number {
  switch (type) {
    case BsonType.double:
    case BsonType.date:
    case BsonType.timestamp:
    case BsonType.long:
      return 8;
    case BsonType.string:
    case BsonType.code:
    case BsonType.symbol:
      return 4 + raw.readInt32LE(at);
    case BsonType.object:
    case BsonType.array:
    case BsonType.codeWithScope:
      return raw.readInt32LE(at);
    case BsonType.binary:
      return 5 + raw.readInt32LE(at);
    case BsonType.undefined:
    case BsonType.null:
    case BsonType.minKey:
    case BsonType.maxKey:
      return 0;
    case BsonType.objectId:
      return 12;
    case BsonType.boolean:
      return 1;
    case BsonType.regex:
      return raw.indexOf(0, raw.indexOf(0, at) + 1) + 1 - at;
    case BsonType.dbPointer:
      return 4 + raw.readInt32LE(at) + 12;
    case BsonType.int:
      return 4;
    case BsonType.decimal:
      return 16;
    default:
      return Number.NaN;
  }
}

function isNameAt(raw: Buffer, at: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if (raw[at + i] !== name[i]) return false;
  return true;
}
