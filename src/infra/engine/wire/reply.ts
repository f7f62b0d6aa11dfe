import { Long } from 'bson';
import { EngineError } from '../errors.js';
import { encode } from '../store/bson.js';
import { BsonType } from '../store/bson-fields.js';
import { HEADER_BYTES, Opcode } from './frames.js';
import type { Document } from '../values/types.js';

/** What a command answers. Documents of a cursor stay the bytes that are stored. */
export type Reply = {
  body: Document;
  cursor?: CursorBatch;
};

export type CursorBatch = {
  namespace: string;
  /** 0 when there is no more. */
  id: bigint;
  batch: readonly Buffer[];
  /** The first batch is named `firstBatch`, later ones `nextBatch`. */
  isFirst: boolean;
};

let nextRequestId = 1;

/** Before the body of an OP_MSG: the header, the flags and the kind of the one section. */
const MSG_HEAD_BYTES = HEADER_BYTES + 5;

/** An OP_MSG with one reply. */
export function msgReply(responseTo: number, reply: Reply, flags = 0): { message: Buffer; requestId: number } {
  const message =
    reply.cursor === undefined
      ? Buffer.concat([Buffer.alloc(MSG_HEAD_BYTES), encode(reply.body)])
      : messageWithCursor(reply.body, reply.cursor);
  const requestId = writeHeader(message, message.length, responseTo, Opcode.msg);
  message.writeUInt32LE(flags, HEADER_BYTES);
  message[HEADER_BYTES + 4] = 0;
  return { message, requestId };
}

/** The older form, which answers an OP_QUERY. */
export function queryReply(responseTo: number, document: Document): Buffer {
  const AWAIT_CAPABLE = 8;
  const body = encode(document);
  const head = Buffer.alloc(HEADER_BYTES + 20);
  writeHeader(head, head.length + body.length, responseTo, Opcode.reply);
  head.writeInt32LE(AWAIT_CAPABLE, HEADER_BYTES);
  head.writeInt32LE(1, HEADER_BYTES + 16);
  return Buffer.concat([head, body]);
}

export function errorBody(error: unknown): Document {
  if (error instanceof EngineError) {
    return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.extra };
  }
  return { ok: 0, errmsg: error instanceof Error ? error.message : String(error), code: 8, codeName: 'UnknownError' };
}

function writeHeader(head: Buffer, length: number, responseTo: number, opcode: number): number {
  const requestId = nextRequestId;
  nextRequestId = (nextRequestId + 1) & 0x7fff_ffff;
  head.writeInt32LE(length, 0);
  head.writeInt32LE(requestId, 4);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(opcode, 12);
  return requestId;
}

/**
 * Room for the head, then `{ cursor: { id, ns, firstBatch: [ … ] }, …body }` with the documents copied in as they are: a batch may
 * have 16 MiB, which are copied once.
 */
function messageWithCursor(body: Document, { namespace, id, batch, isFirst }: CursorBatch): Buffer {
  const about = encode({ id: Long.fromBigInt(id), ns: namespace });
  const rest = encode(body);
  const name = Buffer.from(`${isFirst ? 'firstBatch' : 'nextBatch'}\0`, 'latin1');
  const arrayLength = batch.reduce((sum, document, i) => sum + 2 + String(i).length + document.length, 5);
  const cursorLength = about.length + 1 + name.length + arrayLength;
  const bodyLength = rest.length + 8 + cursorLength;
  const out = Buffer.allocUnsafe(MSG_HEAD_BYTES + bodyLength);
  let at = out.writeInt32LE(bodyLength, MSG_HEAD_BYTES);
  out[at++] = BsonType.object;
  at += out.write('cursor\0', at, 'latin1');
  at = out.writeInt32LE(cursorLength, at);
  at += about.copy(out, at, 4, about.length - 1);
  out[at++] = BsonType.array;
  at += name.copy(out, at);
  at = out.writeInt32LE(arrayLength, at);
  for (const [i, document] of batch.entries()) {
    out[at++] = BsonType.object;
    at += out.write(`${i}\0`, at, 'latin1');
    at += document.copy(out, at);
  }
  out[at++] = 0;
  out[at++] = 0;
  rest.copy(out, at, 4);
  return out;
}
