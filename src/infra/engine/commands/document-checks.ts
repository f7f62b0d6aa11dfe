import { BSONRegExp, ObjectId } from 'bson';
import {
  documentTooLarge,
  documentValidationFailure,
  dollarPrefixedFieldName,
  EngineError,
  invalidIdField,
} from '../errors.js';
import { encode, MAX_DOCUMENT_BYTES, StoredDocument } from '../store/bson.js';
import { BsonType, fieldName, findField } from '../store/bson-fields.js';
import type { Collection } from '../store/collection.js';
import { type Document, isDocument, type Value } from '../values/types.js';

const ID = fieldName('_id');

/**
 * A document as it is stored: with an `_id`, and that first. Bytes that are so already are kept as they are.
 *
 * @throws {EngineError} 53 or 52 for an `_id` that none may have.
 */
export function withId(raw: Buffer): StoredDocument {
  const field = findField(raw, ID);
  if (field === undefined) {
    const id = Buffer.concat([Buffer.of(BsonType.objectId), ID, new ObjectId().id]);
    return new StoredDocument(assemble([id, raw.subarray(4)]));
  }
  if (field.type === BsonType.object || field.type === BsonType.array || field.type === BsonType.regex) {
    checkId(new StoredDocument(raw).document._id);
  } else if (field.type === BsonType.undefined) {
    throw invalidIdField("The '_id' value cannot be of type undefined");
  }
  if (field.start === 4) return new StoredDocument(raw);
  const id = raw.subarray(field.start, field.end);
  return new StoredDocument(assemble([id, raw.subarray(4, field.start), raw.subarray(field.end)]));
}

/** A document that was computed, as it is stored. */
export function toStored(document: Document): StoredDocument {
  const { _id: id = new ObjectId(), ...rest } = document;
  checkId(id);
  const whole = { _id: id, ...rest };
  return new StoredDocument(encode(whole));
}

function assemble(parts: readonly Buffer[]): Buffer {
  const raw = Buffer.concat([Buffer.alloc(4), ...parts]);
  raw.writeInt32LE(raw.length, 0);
  return raw;
}

function checkId(id: Value): void {
  if (Array.isArray(id)) throw invalidIdField("The '_id' value cannot be of type array");
  if (id instanceof BSONRegExp) throw invalidIdField("The '_id' value cannot be of type regex");
  if (!isDocument(id)) return;
  for (const name of Object.keys(id)) {
    if (!name.startsWith('$')) continue;
    throw dollarPrefixedFieldName(`_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage.`);
  }
}

/** @throws {EngineError} 10334 for more than 16 MiB. */
export function checkSize({ raw }: StoredDocument): void {
  if (raw.length <= MAX_DOCUMENT_BYTES) return;
  throw documentTooLarge(`object to insert too large. size in bytes: ${raw.length}, max size: ${MAX_DOCUMENT_BYTES}`);
}

/**
 * Asks the collection's validator.
 *
 * @param before the document that is changed; with the level `moderate` one that was invalid may stay so
 * @throws {EngineError} 121
 */
export function validate(collection: Collection, after: StoredDocument, before?: StoredDocument): void {
  const { accepts, options } = collection;
  if (accepts === undefined || options.validationLevel === 'off' || options.validationAction === 'warn') return;
  if (accepts(after.document)) return;
  if (before !== undefined && options.validationLevel === 'moderate' && !accepts(before.document)) return;
  const { code, codeName, message } = documentValidationFailure('Document failed validation');
  throw new EngineError(code, codeName, message, {
    errInfo: { failingDocumentId: after.document._id, details: { operatorName: 'validator' } },
  });
}
