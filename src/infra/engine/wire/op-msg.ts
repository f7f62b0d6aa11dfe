import { deserialize } from 'bson';
import { decode } from '../store/bson.js';
import { checkDocument, MalformedMessageError } from './check-document.js';
import { HEADER_BYTES } from './frames.js';
import type { Document } from '../values/types.js';

export const Flag = { checksumPresent: 1, moreToCome: 2, exhaustAllowed: 1 << 16 } as const;

/** The low 16 flags must be understood by who reads the message. */
const UNKNOWN_REQUIRED_FLAGS = 0xffff & ~(Flag.checksumPresent | Flag.moreToCome);

/** A command as a client sent it: its name is the first field. */
export type Command = {
  name: string;
  body: Document;
  /** The documents of an insert, as they came: they are stored without being decoded. */
  documents: readonly Buffer[] | undefined;
};

export type Message = Command & { requestId: number; flags: number };

/** @throws {MalformedMessageError} if the message is not whole. */
export function parseMsg(message: Buffer): Message {
  if (message.length < HEADER_BYTES + 4) throw new MalformedMessageError('a message without a body');
  const flags = message.readUInt32LE(HEADER_BYTES);
  if ((flags & UNKNOWN_REQUIRED_FLAGS) !== 0) throw new MalformedMessageError(`unknown message flags ${flags}`);
  const end = message.length - ((flags & Flag.checksumPresent) === 0 ? 0 : 4);
  let command: Command | undefined;
  const sequences: Sequence[] = [];
  for (let at = HEADER_BYTES + 4; at < end;) {
    const kind = message[at];
    if (kind === 0 && command === undefined) {
      const next = checkDocument(message, at + 1, end);
      command = parseBody(message.subarray(at + 1, next));
      at = next;
    } else if (kind === 1) {
      const sequence = parseSequence(message, at + 1, end);
      sequences.push(sequence);
      at = sequence.end;
    } else {
      throw new MalformedMessageError(`a message section of kind ${kind}`);
    }
  }
  if (command === undefined) throw new MalformedMessageError('a message without a body');
  return { ...withSequences(command, sequences), requestId: message.readInt32LE(4), flags };
}

/** The handshake of older drivers, which asks `hello` by OP_QUERY. */
export function parseQuery(message: Buffer): Message {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
  const at = nameEnd + 9;
  if (nameEnd < 0 || at + 5 > message.length) throw new MalformedMessageError('a query is cut off');
  const next = checkDocument(message, at, message.length);
  const namespace = message.toString('utf8', HEADER_BYTES + 4, nameEnd);
  const command = parseBody(message.subarray(at, next));
  command.body.$db = namespace.slice(0, namespace.indexOf('.'));
  return { ...command, requestId: message.readInt32LE(4), flags: 0 };
}

function parseBody(raw: Buffer): Command {
  const name = raw.toString('utf8', 5, raw.indexOf(0, 5));
  if (name !== 'insert') return { name, body: decode(raw), documents: undefined };
  const body = deserialize(raw, {
    promoteValues: false,
    promoteLongs: false,
    promoteBuffers: false,
    bsonRegExp: true,
    validation: { utf8: false },
    fieldsAsRaw: { documents: true },
  });
  const documents = body.documents as unknown;
  return { name, body, documents: isRawArray(documents) ? documents : undefined };
}

const isRawArray = (value: unknown): value is Buffer[] =>
  Array.isArray(value) && value.every((item) => item instanceof Uint8Array);

type Sequence = { field: string; documents: Buffer[]; end: number };

function parseSequence(message: Buffer, start: number, limit: number): Sequence {
  if (start + 5 > limit) throw new MalformedMessageError('a document sequence is cut off');
  const end = start + message.readInt32LE(start);
  const nameEnd = message.indexOf(0, start + 4);
  if (end > limit || nameEnd < 0 || nameEnd >= end) {
    throw new MalformedMessageError('a document sequence lies about its length');
  }
  const documents: Buffer[] = [];
  for (let at = nameEnd + 1; at < end;) {
    const next = checkDocument(message, at, end);
    documents.push(message.subarray(at, next));
    at = next;
  }
  return { field: message.toString('utf8', start + 4, nameEnd), documents, end };
}

function withSequences(command: Command, sequences: readonly Sequence[]): Command {
  let { documents } = command;
  for (const sequence of sequences) {
    if (command.name === 'insert' && sequence.field === 'documents') documents = sequence.documents;
    else command.body[sequence.field] = sequence.documents.map(decode);
  }
  return { ...command, documents };
}
