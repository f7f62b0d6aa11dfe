import { EngineError } from '../errors.js';
import type { GroupCommit } from '../store/group-commit.js';
import { OUT_OF_DISK_SPACE } from '../store/storage-failures.js';
import type { Reply } from '../wire/reply.js';
import type { CommandContext } from './context.js';
import { type DeleteStatement, parseDelete, runDelete } from './delete.js';

/** How many documents a transaction removes at first. */
const FIRST_SLICE = 64;

/**
 * A delete on a full disk. LMDB writes what it changes to other pages before it frees the old ones, so a large delete needs room to make
 * room; a small one finds it among the pages that the last transactions freed, and leaves more for the next.
 *
 * What was removed before a failure stays removed: the reply counts it, beside the failure.
 */
export async function removeBitByBit(context: CommandContext, commit: GroupCommit): Promise<Reply> {
  context.deadline.restart(undefined);
  let n = 0;
  for (const [index, statement] of parseDelete(context).statements.entries()) {
    try {
      for await (const removed of slices(context, commit, statement)) n += removed;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const failure = { index, code: error.code, errmsg: error.message, ...error.extra };
      return { body: { n, writeErrors: [failure], ok: 1 } };
    }
  }
  return { body: { n, ok: 1 } };
}

/** How many documents each transaction removed; fewer at a time where even that is too much. */
async function* slices(
  context: CommandContext,
  commit: GroupCommit,
  statement: DeleteStatement,
): AsyncGenerator<number> {
  let slice = FIRST_SLICE;
  for (;;) {
    const atMost = slice;
    const remove = (): number => {
      // Looked up each time: a transaction that fails leaves the catalog as it is read anew.
      const { collection, variables } = parseDelete(context);
      return runDelete(context, collection, statement, variables, atMost);
    };
    try {
      const removed = await commit.write(remove);
      yield removed;
      if (!statement.isMulti || removed < slice) return;
    } catch (error) {
      const isTooMuch = error instanceof EngineError && error.code === OUT_OF_DISK_SPACE;
      if (!isTooMuch || slice === 1) throw error;
      slice = Math.ceil(slice / 8);
    }
  }
}
