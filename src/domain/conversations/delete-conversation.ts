import type { Needs } from '../needs.js';
import type { RunDriver } from '../runs/run-driver.js';
import { cancelRun } from '../runs/runs.js';
import { requireCreator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';
import { openConversation } from './conversations.js';

type Deleting = {
  readonly needs: Pick<Needs, 'conversations' | 'messages' | 'messageTokens' | 'runs' | 'runEvents' | 'bell'>;
  readonly driver: RunDriver;
};

/**
 * Deletes a conversation of the viewer's own with all that was said in it. An active run is cancelled first, and its readers are told so; those of one that
 * another process drives may hear NOT_FOUND instead.
 * What it cost stays in the books. If it fails half-way it can be asked for again: the conversation goes last.
 *
 * @throws {NotFoundError} if it is not theirs.
 */
export async function deleteConversation({ needs, driver }: Deleting, viewer: Viewer, id: string): Promise<void> {
  requireCreator(viewer);
  await openConversation(needs, viewer, id);
  const [active] = await needs.runs.listActive([id]);
  if (active) {
    await cancelRun({ needs, driver }, viewer, active.id);
    await driver.ended(active.id);
  }
  await needs.runs.deleteOfConversation(id);
  await needs.messages.deleteOfConversation(id);
  await needs.messageTokens.deleteOfConversation(id);
  await needs.conversations.delete(id);
  if (active) needs.bell.ring(`run:${active.id}`);
}
