import { Long } from 'bson';
import { setTimeout as delay } from 'node:timers/promises';
import { typeMismatch } from '../errors.js';
import { isNumber, typeName, type Value } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { arrayArgument, countArgument, maxTimeArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { SLOW_CURSORS_FROM } from './cursors.js';
import { namespaceOf } from './namespaces.js';

/** How often a cursor that awaits data looks again, and how long it does so if the client does not say, in milliseconds. */
const LOOK_AGAIN_MS = 50;
const PATIENCE_MS = 1000;

export async function getMore(context: CommandContext): Promise<Reply> {
  const { cursors, body } = context;
  const id = cursorId(body.getMore);
  const namespace = namespaceOf(context, body.collection);
  const batchSize = countArgument(context, 'batchSize');
  const maxTimeMs = maxTimeArgument(context);
  const endsAt = performance.now() + (maxTimeMs ?? PATIENCE_MS);
  for (;;) {
    const cursor = cursors.getMore(id, namespace, batchSize, maxTimeMs);
    const mayWait = cursor.batch.length === 0 && cursors.awaitsData(id) && performance.now() < endsAt;
    if (!mayWait) return { body: { ok: 1 }, cursor };
    await delay(LOOK_AGAIN_MS);
  }
}

export function killCursors(context: CommandContext): Reply {
  const killed: Long[] = [];
  const notFound: Long[] = [];
  for (const value of arrayArgument(context, 'cursors') ?? []) {
    const id = cursorId(value);
    (context.cursors.kill(id) ? killed : notFound).push(Long.fromBigInt(id));
  }
  return { body: { cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 } };
}

/** Whether a command asks for cursors of the thread for slow reads. */
export function isForSlowCursor({ name, body }: Pick<CommandContext, 'name' | 'body'>): boolean {
  const id: Value = name === 'getMore' ? body.getMore : name === 'killCursors' ? asArray(body.cursors)[0] : undefined;
  return id instanceof Long && id.toBigInt() >= SLOW_CURSORS_FROM;
}

const asArray = (value: Value): readonly Value[] => (Array.isArray(value) ? value : []);

function cursorId(value: Value): bigint {
  if (value instanceof Long) return value.toBigInt();
  if (isNumber(value)) return BigInt(Math.trunc(Number(value)));
  throw typeMismatch(`a cursor id is a long, not of type ${typeName(value)}`);
}
