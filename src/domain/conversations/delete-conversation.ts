import { NotFoundError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import { doPastFailures } from '../../base/past-failures.js';
import type { Needs } from '../needs.js';
import type { RunDriver } from '../runs/run-driver.js';
import { stopRun } from '../runs/runs.js';
import { requireCreator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';

type Deleting = {
  readonly needs: Stores & Pick<Needs, 'runEvents' | 'bell' | 'clock'>;
  readonly driver: RunDriver;
};

type Stores = Pick<Needs, 'conversations' | 'messages' | 'messageTokens' | 'runs'>;

/** Milliseconds after which a deletion that has not come to its end has been lost with its process, or has failed. */
const LOST_AFTER_MS = 60_000;

const BATCH = 100;

/**
 * Deletes a conversation of the viewer's own with all that was said in it. An active run is cancelled first, and its readers are told so; those of one that
 * another process drives may hear NOT_FOUND instead.
 * It is gone for everybody from the first moment on. What it cost stays in the books. If it fails half-way it can be asked for again; otherwise {@link finishDeletions} finishes it.
 *
 * @throws {NotFoundError} if it is not theirs.
 */
export async function deleteConversation({ needs, driver }: Deleting, viewer: Viewer, id: string): Promise<void> {
  requireCreator(viewer);
  const isTheirs = isId('conv', id) && (await needs.conversations.beginDeletion(id, viewer.id, needs.clock.now()));
  if (!isTheirs) throw new NotFoundError('conversation');
  const [active] = await needs.runs.listActive([id]);
  if (active) {
    await stopRun({ needs, driver }, active.id);
    await driver.ended(active.id);
  }
  await deleteAllOf(needs, id);
  if (active) needs.bell.ring(`run:${active.id}`);
}

type Finishing = Stores & Pick<Needs, 'clock' | 'log'>;

/**
 * Deletes to the end what was begun and not finished a minute ago. A run that still goes on there hears of it with its next renewal. One that cannot be deleted
 * keeps no other from its end: it is tried again the next time.
 *
 * @throws {AppError} SERVICE_UNAVAILABLE while the database does not answer.
 */
export async function finishDeletions(needs: Finishing): Promise<void> {
  const before = new Date(needs.clock.now().getTime() - LOST_AFTER_MS);
  await doPastFailures({
    batch: BATCH,
    list: (except) => needs.conversations.listDeletions(before, BATCH, except),
    idOf: (id) => id,
    act: (id) => deleteAllOf(needs, id),
    failed: (conversationId, error) =>
      needs.log.error({ conversationId, error }, 'a conversation could not be deleted to its end'),
  });
}

/** The conversation goes last, so that what fails can be done again. */
async function deleteAllOf({ conversations, messages, messageTokens, runs }: Stores, id: string): Promise<void> {
  await runs.deleteOfConversation(id);
  await messages.deleteOfConversation(id);
  await messageTokens.deleteOfConversation(id);
  await conversations.delete(id);
}
