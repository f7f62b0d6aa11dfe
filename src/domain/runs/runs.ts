import { isId } from '../../base/ids.js';
import { NotFoundError } from '../../base/errors.js';
import type { Needs } from '../needs.js';
import type { Viewer } from '../users/user.js';
import type { RunDriver } from './run-driver.js';
import { isEnded, type Run } from './run.js';

/**
 * Finds a run on behalf of a user: those of their own conversations.
 *
 * @throws {NotFoundError} also when it is somebody else's.
 */
export async function openRun({ runs }: Pick<Needs, 'runs'>, viewer: Viewer, id: string): Promise<Run> {
  const run = isId('run', id) ? await runs.find(id) : null;
  if (run?.userId !== viewer.id) throw new NotFoundError('run');
  return run;
}

/**
 * Asks a run to end, in whatever process it is. Its text so far is kept. A run that has ended stays as it is.
 *
 * @returns The run as it is now: its end follows in its log.
 */
export async function cancelRun(stopping: Stopping, viewer: Viewer, id: string): Promise<Run> {
  const run = await openRun(stopping.needs, viewer, id);
  if (!isEnded(run)) await stopRun(stopping, id);
  return run;
}

type Stopping = { readonly needs: Pick<Needs, 'runs' | 'bell'>; readonly driver: RunDriver };

/** Has a run cancelled, whoever drives it. It may have ended, or be gone. */
export async function stopRun({ needs, driver }: Stopping, id: string): Promise<void> {
  await needs.runs.requestCancel(id);
  if (!driver.cancel(id)) needs.bell.ring(`cancel:${id}`);
}
