import { BsonType, findField } from '../store/bson-fields.js';
import type { IndexField } from './index-spec.js';
import { writeDouble, writeLong } from './key-numbers.js';
import type { KeyWriter } from './key-writer.js';
import { type Fold, Rank, writeInt64 } from './keys.js';

const PLAIN_TYPES: ReadonlySet<number> = new Set([
  BsonType.double,
  BsonType.string,
  BsonType.objectId,
  BsonType.boolean,
  BsonType.date,
  BsonType.null,
  BsonType.int,
  BsonType.long,
]);

/** Whether the fields' keys can be written from the bytes of the document: all at the top, none an array or an object. */
export function canWriteRaw(raw: Buffer, fields: readonly IndexField[]): boolean {
  return fields.every(({ rawName }) => {
    if (rawName === undefined) return false;
    const field = findField(raw, rawName);
    return field === undefined || PLAIN_TYPES.has(field.type);
  });
}

/** Writes the same bytes as `writeValue` does for the decoded value. */
export function writeRawField(writer: KeyWriter, raw: Buffer, { rawName }: IndexField, fold: Fold | undefined): void {
  const field = rawName === undefined ? undefined : findField(raw, rawName);
  if (field === undefined) {
    writer.byte(Rank.null);
    return;
  }
  writeRawValue(writer, raw, field.type, field.valueStart, fold);
}

function writeRawValue(writer: KeyWriter, raw: Buffer, type: number, at: number, fold: Fold | undefined): void {
  switch (type) {
    case BsonType.null:
      writer.byte(Rank.null);
      return;
    case BsonType.int:
      writer.byte(Rank.number);
      writeDouble(writer, raw.readInt32LE(at));
      return;
    case BsonType.double:
      writer.byte(Rank.number);
      writeDouble(writer, raw.readDoubleLE(at));
      return;
    case BsonType.long:
      writer.byte(Rank.number);
      writeLong(writer, raw.readBigInt64LE(at));
      return;
    case BsonType.string: {
      const bytes = raw.subarray(at + 4, at + 3 + raw.readInt32LE(at));
      writer.byte(Rank.string);
      if (fold === undefined) writer.terminated(bytes);
      else writer.text(fold(bytes.toString('utf8')));
      return;
    }
    case BsonType.objectId:
      writer.byte(Rank.objectId);
      writer.bytes(raw.subarray(at, at + 12));
      return;
    case BsonType.boolean:
      writer.byte(Rank.boolean);
      writer.byte(raw[at] === 0 ? 0 : 1);
      return;
    case BsonType.date:
      writer.byte(Rank.date);
      writeInt64(writer, raw.readBigInt64LE(at));
  }
}
