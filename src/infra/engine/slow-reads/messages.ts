import { EngineError } from '../errors.js';
import { decode, encode } from '../store/bson.js';
import type { Command } from '../wire/op-msg.js';
import type { CursorBatch, Reply } from '../wire/reply.js';

/* What the engine and its thread for slow reads tell each other. BSON values do not survive the way; their bytes do. */

/** Opened where the engine's own data file is. */
export type SlowReadData = { dir: string; noSync: boolean };

export type Question =
  | { kind: 'ask'; id: number; name: string; body: Uint8Array; connectionId: number }
  | { kind: 'forget'; namespace: string }
  | { kind: 'reap' };

export type Answer = { id: number } & (
  | { kind: 'reply'; body: Uint8Array; cursor: CursorBatch | undefined }
  | { kind: 'failure'; code: number; codeName: string; message: string; extra: Uint8Array }
  | { kind: 'bug'; message: string }
);

export const questionOf = (id: number, { name, body }: Command, connectionId: number): Question => ({
  kind: 'ask',
  id,
  name,
  body: encode(body),
  connectionId,
});

export const replyAnswer = (id: number, { body, cursor }: Reply): Answer => ({
  kind: 'reply',
  id,
  body: encode(body),
  cursor,
});

export function failureAnswer(id: number, error: unknown): Answer {
  if (!(error instanceof EngineError)) return { kind: 'bug', id, message: String(error) };
  const { code, codeName, message, extra } = error;
  return { kind: 'failure', id, code, codeName, message, extra: encode(extra) };
}

/** @throws what the command was answered with, if that is a failure. */
export function replyOf(answer: Answer): Reply {
  if (answer.kind === 'bug') throw new Error(answer.message);
  if (answer.kind === 'failure') {
    const { code, codeName, message, extra } = answer;
    throw new EngineError(code, codeName, message, decode(extra));
  }
  const { body, cursor } = answer;
  if (cursor === undefined) return { body: decode(body) };
  return { body: decode(body), cursor: { ...cursor, batch: cursor.batch.map(bufferOf) } };
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
