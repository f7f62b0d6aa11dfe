import { BsonType, valueLength } from '../store/bson-fields.js';

/** As mongod: deeper documents are refused. */
const MAX_DEPTH = 200;

/** Bytes that are no message at all. The connection that sent them is closed; the others never know. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

/**
 * Checks the structure of a document that a client sent: every length, every type, every end.
 *
 * @returns where the document ends.
 * @throws {MalformedMessageError}
 */
export function checkDocument(raw: Buffer, start: number, limit: number, depth = 0): number {
  if (depth > MAX_DEPTH) throw new MalformedMessageError(`a document is nested more than ${MAX_DEPTH} levels deep`);
  if (start + 5 > limit) throw new MalformedMessageError('a document is cut off');
  const end = start + raw.readInt32LE(start);
  if (end > limit || end < start + 5) throw new MalformedMessageError('a document lies about its length');
  let at = start + 4;
  while (at < end - 1) at = checkElement(raw, at, end - 1, depth);
  if (at !== end - 1 || raw[at] !== 0) throw new MalformedMessageError('a document does not end where it says');
  return end;
}

function checkElement(raw: Buffer, start: number, limit: number, depth: number): number {
  const type = raw[start] ?? 0;
  const nameEnd = raw.indexOf(0, start + 1);
  if (nameEnd < 0 || nameEnd >= limit) throw new MalformedMessageError('a field name does not end');
  const at = nameEnd + 1;
  if (type === BsonType.object || type === BsonType.array) return checkDocument(raw, at, limit, depth + 1);
  checkHeader(raw, type, at, limit);
  const length = valueLength(raw, type, at);
  if (!(length >= 0) || at + length > limit) throw new MalformedMessageError(`a value of type ${type} is not whole`);
  if (type === BsonType.codeWithScope) checkCodeWithScope(raw, at, at + length, depth);
  return at + length;
}

/** What must hold before a length may be read. */
function checkHeader(raw: Buffer, type: number, at: number, limit: number): void {
  switch (type) {
    case BsonType.string:
    case BsonType.code:
    case BsonType.symbol:
    case BsonType.dbPointer: {
      const length = at + 4 <= limit ? raw.readInt32LE(at) : 0;
      if (length < 1 || at + 4 + length > limit || raw[at + 3 + length] !== 0) {
        throw new MalformedMessageError('a string lies about its length');
      }
      return;
    }
    case BsonType.binary:
    case BsonType.codeWithScope:
      if (at + 5 > limit || raw.readInt32LE(at) < 0) throw new MalformedMessageError('a value lies about its length');
      return;
    case BsonType.regex:
      if (raw.indexOf(0, at) < 0 || raw.indexOf(0, raw.indexOf(0, at) + 1) < 0) {
        throw new MalformedMessageError('a regular expression does not end');
      }
  }
}

function checkCodeWithScope(raw: Buffer, at: number, end: number, depth: number): void {
  if (at + 8 > end) throw new MalformedMessageError('code with scope is cut off');
  const code = raw.readInt32LE(at + 4);
  if (code < 1 || at + 8 + code > end) throw new MalformedMessageError('code lies about its length');
  if (checkDocument(raw, at + 8 + code, end, depth + 1) !== end) {
    throw new MalformedMessageError('code with scope does not end where it says');
  }
}
