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
} from 'bson';
import { createHash } from 'node:crypto';
import { writeDecimal, writeDouble, writeLong } from './key-numbers.js';
import type { KeyWriter } from './key-writer.js';

/*
 * The bytes of a key sort as `compareValues` sorts the values. Each value is its type's rank, then itself. Types in MongoDB's order.
 */
export const Rank = {
  minKey: 1,
  undefined: 4,
  null: 6,
  number: 11,
  string: 16,
  object: 21,
  array: 26,
  binary: 31,
  objectId: 36,
  boolean: 41,
  date: 46,
  timestamp: 48,
  regex: 51,
  dbPointer: 56,
  code: 61,
  codeWithScope: 66,
  maxKey: 128,
} as const;

const END = 0;

/** What an empty array leaves in an index; not the same as a missing field. */
export const EMPTY_ARRAY = Symbol('empty array');

/** The part of a collation that decides which strings share a key. */
export type Fold = (text: string) => string;

/** Longer keys are cut; a hash of the whole keeps equality exact. */
export const MAX_KEY_BYTES = 1400;

export function writeValue(writer: KeyWriter, value: unknown, fold?: Fold): void {
  switch (typeof value) {
    case 'string':
      writer.byte(Rank.string);
      writer.text(fold === undefined ? value : fold(value));
      return;
    case 'number':
      writer.byte(Rank.number);
      writeDouble(writer, value);
      return;
    case 'bigint':
      writer.byte(Rank.number);
      writeLong(writer, value);
      return;
    case 'boolean':
      writer.byte(Rank.boolean);
      writer.byte(value ? 1 : 0);
      return;
    case 'symbol':
      writer.byte(Rank.undefined);
      return;
    default:
      if (value === null || value === undefined) writer.byte(Rank.null);
      else if (Array.isArray(value)) writeArray(writer, value, fold);
      else writeBoxed(writer, value, fold);
  }
}

function writeArray(writer: KeyWriter, values: readonly unknown[], fold: Fold | undefined): void {
  writer.byte(Rank.array);
  for (const value of values) writeValue(writer, value, fold);
  writer.byte(END);
}

function writeBoxed(writer: KeyWriter, value: object, fold: Fold | undefined): void {
  if (value instanceof Int32 || value instanceof Double) {
    writer.byte(Rank.number);
    writeDouble(writer, value.value);
  } else if (value instanceof ObjectId) {
    writer.byte(Rank.objectId);
    writer.bytes(value.id);
  } else if (value instanceof Date) {
    writer.byte(Rank.date);
    writeInt64(writer, BigInt(value.getTime()));
  } else if (value instanceof Timestamp) {
    writer.byte(Rank.timestamp);
    writer.uint32(value.high);
    writer.uint32(value.low);
  } else if (value instanceof Long) {
    writer.byte(Rank.number);
    writeLong(writer, value.toBigInt());
  } else if (value instanceof Decimal128) {
    writer.byte(Rank.number);
    writeDecimal(writer, value);
  } else if (value instanceof Binary) {
    writeBinary(writer, value.sub_type, value.buffer.subarray(0, value.position));
  } else {
    writeRare(writer, value, fold);
  }
}

function writeRare(writer: KeyWriter, value: object, fold: Fold | undefined): void {
  if (value instanceof BSONRegExp) writeRegex(writer, value.pattern, value.options);
  else if (value instanceof RegExp) writeRegex(writer, value.source, value.flags);
  else if (value instanceof BSONSymbol) writeValue(writer, value.value, fold);
  else if (value instanceof MinKey) writer.byte(Rank.minKey);
  else if (value instanceof MaxKey) writer.byte(Rank.maxKey);
  else if (value instanceof Uint8Array) writeBinary(writer, 0, value);
  else if (value instanceof Code) writeCode(writer, value, fold);
  else if (value instanceof DBRef) writeObject(writer, value.toJSON(), fold);
  else writeObject(writer, value, fold);
}

/** Objects compare field by field: first the type of the value, then the name, then the value. */
function writeObject(writer: KeyWriter, value: object, fold: Fold | undefined): void {
  writer.byte(Rank.object);
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const rankAt = writer.length;
    writer.byte(END);
    writer.text(name);
    const valueAt = writer.length;
    writeValue(writer, field, fold);
    writer.copyByte(valueAt, rankAt);
  }
  writer.byte(END);
}

function writeBinary(writer: KeyWriter, subtype: number, bytes: Uint8Array): void {
  writer.byte(Rank.binary);
  writer.uint32(bytes.length);
  writer.byte(subtype);
  writer.bytes(bytes);
}

function writeRegex(writer: KeyWriter, pattern: string, flags: string): void {
  writer.byte(Rank.regex);
  writer.text(pattern);
  writer.text(flags);
}

function writeCode(writer: KeyWriter, { code, scope }: Code, fold: Fold | undefined): void {
  writer.byte(scope === null || scope === undefined ? Rank.code : Rank.codeWithScope);
  writer.text(code);
  if (scope !== null && scope !== undefined) writeObject(writer, scope, fold);
}

/** Signed, so the sign bit is turned. */
export function writeInt64(writer: KeyWriter, value: bigint): void {
  writer.uint32(Number(BigInt.asUintN(32, value >> 32n)) ^ 0x80000000);
  writer.uint32(Number(BigInt.asUintN(32, value)));
}

/** A key as it is stored: as long as LMDB takes, and whether it had to be cut for that. */
export function storedKey(key: Buffer): { key: Buffer; isCut: boolean } {
  if (key.length <= MAX_KEY_BYTES) return { key, isCut: false };
  const hash = createHash('sha256').update(key).digest();
  return { key: Buffer.concat([key.subarray(0, MAX_KEY_BYTES), Buffer.of(0xff), hash]), isCut: true };
}
