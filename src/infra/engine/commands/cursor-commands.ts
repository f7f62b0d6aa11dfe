import { Long } from 'bson';
import { setTimeout as delay } from 'node:timers/promises';
import { typeMismatch } from '../errors.js';
import { isNumber, typeName, type Value } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { arrayArgument, countArgument, maxTimeArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { SLOW_CURSORS_FROM } from './cursors.js';
import { namespaceOf } from './namespaces.js';

/** How often a cursor that awaits data looks whether there is any, in milliseconds. */
const LOOK_AGAIN_MS = 50;

/** How long it goes on looking where the client gives no `maxTimeMS`, in milliseconds. As mongod. */
const AWAIT_DATA_MS = 1000;

export async function getMore(context: CommandContext): Promise<Reply> {
  const { cursors, body } = context;
  const id = cursorId(body.getMore);
  const namespace = namespaceOf(context, body.collection);
  const batchSize = countArgument(context, 'batchSize');
  const maxTimeMs = maxTimeArgument(context);
  const endsAt = performance.now() + (maxTimeMs ?? AWAIT_DATA_MS);
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

/** Kills the cursors of this thread, and has those of the thread for slow reads killed there. */
export async function killCursorsOfBoth(
  context: CommandContext,
  killSlow: (command: CommandContext) => Promise<Reply>,
): Promise<Reply> {
  const { body } = context;
  const ids = arrayArgument(context, 'cursors') ?? [];
  const of = (cursors: readonly Value[]): CommandContext => ({ ...context, body: { ...body, cursors } });
  const slow = ids.filter(isSlowCursor);
  const reply = killCursors(of(ids.filter((id) => !isSlowCursor(id))));
  if (slow.length === 0) return reply;
  const { body: other } = await killSlow(of(slow));
  return {
    body: Object.fromEntries(Object.entries(reply.body).map(([field, own]) => [field, join(own, other[field])])),
  };
}

const join = (own: Value, other: Value): Value =>
  Array.isArray(own) && Array.isArray(other) ? [...own, ...other] : own;

/** Whether a cursor is open in the thread for slow reads, if it is open. */
export const isSlowCursor = (id: Value): boolean => id instanceof Long && id.toBigInt() >= SLOW_CURSORS_FROM;

function cursorId(value: Value): bigint {
  if (value instanceof Long) return value.toBigInt();
  if (isNumber(value)) return BigInt(Math.trunc(Number(value)));
  throw typeMismatch(`a cursor id is a long, not of type ${typeName(value)}`);
}
