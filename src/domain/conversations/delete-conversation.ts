import { NotFoundError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import type { Needs } from '../needs.js';
import type { RunDriver } from '../runs/run-driver.js';
import { cancelRun } from '../runs/runs.js';
import { requireCreator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';

type Deleting = {
  readonly needs: Keeping & Pick<Needs, 'runEvents' | 'bell' | 'clock'>;
  readonly driver: RunDriver;
};

type Keeping = Pick<Needs, 'conversations' | 'messages' | 'messageTokens' | 'runs'>;

/** Milliseconds after which a deletion that has not come to its end has been lost with its process, or has failed. */
const LOST_AFTER_MS = 60_000;

const BATCH = 100;

/**
 * Deletes a conversation of the viewer's own with all that was said in it. An active run is cancelled first, and its readers are told so; those of one that
 * another process drives may hear NOT_FOUND instead.
 * It is gone for everybody from the first moment on. What it cost stays in the books. If it fails half-way it can be asked for again, and is finished by {@link finishDeletions} else.
 *
 * @throws {NotFoundError} if it is not theirs.
 */
export async function deleteConversation({ needs, driver }: Deleting, viewer: Viewer, id: string): Promise<void> {
  requireCreator(viewer);
  const isTheirs = isId('conv', id) && (await needs.conversations.beginDeletion(id, viewer.id, needs.clock.now()));
  if (!isTheirs) throw new NotFoundError('conversation');
  const [active] = await needs.runs.listActive([id]);
  if (active) {
    await cancelRun({ needs, driver }, viewer, active.id);
    await driver.ended(active.id);
  }
  await deleteAllOf(needs, id);
  if (active) needs.bell.ring(`run:${active.id}`);
}

/** Deletes to the end what was begun and not finished a minute ago. */
export async function finishDeletions(needs: Keeping & Pick<Needs, 'clock'>): Promise<void> {
  const before = new Date(needs.clock.now().getTime() - LOST_AFTER_MS);
  for (;;) {
    const ids = await needs.conversations.listDeletions(before, BATCH);
    for (const id of ids) await deleteAllOf(needs, id);
    if (ids.length < BATCH) return;
  }
}

/** The conversation goes last, so that what fails can be done again. */
async function deleteAllOf({ conversations, messages, messageTokens, runs }: Keeping, id: string): Promise<void> {
  await runs.deleteOfConversation(id);
  await messages.deleteOfConversation(id);
  await messageTokens.deleteOfConversation(id);
  await conversations.delete(id);
}
