import type { Needs } from '../needs.js';
import { storedSessionId } from './sessions.js';
import type { Viewer } from './user.js';

/** Why what was opened for a viewer may not go on. After ROLE_CHANGED they may open it again, with the rights that they have now. */
export type WatchEnd = 'SESSION_ENDED' | 'ROLE_CHANGED';

const RETRY_MS = 1_000;
/** A timer that fires a moment too early would find the session alive. */
const SLACK_MS = 20;
/** Node's timers take no more than 24 days. */
const MAX_SLEEP_MS = 24 * 60 * 60 * 1_000;

/**
 * Watches over something long that was opened for a viewer, such as a socket. Looks at once, whenever the session's bell
 * rings, and when its idle end is due. While sessions cannot be read, it asks again every second.
 *
 * @param onEnd Called once, when the session has ended or the viewer's role is another.
 * @returns How to stop watching; `onEnd` is not called after that.
 */
export function watchSession(
  needs: Pick<Needs, 'sessions' | 'users' | 'bell' | 'clock' | 'log'>,
  viewer: Viewer,
  onEnd: (why: WatchEnd) => void,
): () => void {
  const id = storedSessionId(viewer.sessionId);
  let timer: NodeJS.Timeout | undefined;
  let isWatching = true;
  /** Each look makes those before it void, so that an old answer never outlives a newer ring. */
  let looks = 0;

  const stopListening = needs.bell.listen(`session:${id}`, () => void look());
  void look();

  function stop(): void {
    isWatching = false;
    clearTimeout(timer);
    stopListening();
  }

  async function look(): Promise<void> {
    const mine = ++looks;
    const isVoid = () => !isWatching || mine !== looks;
    try {
      const [session, user] = await Promise.all([needs.sessions.find(id), needs.users.find(viewer.id)]);
      if (isVoid()) return;
      if (session === null || user === null) return end('SESSION_ENDED');
      if (user.role !== viewer.role) return end('ROLE_CHANGED');
      const untilIdle = session.idleUntil.getTime() - needs.clock.now().getTime();
      lookAgainIn(untilIdle > 0 ? untilIdle + SLACK_MS : RETRY_MS);
    } catch (error) {
      if (isVoid()) return;
      needs.log.warn({ error }, 'a session could not be checked; what was opened for it stays open until it can');
      lookAgainIn(RETRY_MS);
    }
  }

  function lookAgainIn(milliseconds: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), Math.min(milliseconds, MAX_SLEEP_MS)).unref();
  }

  function end(why: WatchEnd): void {
    stop();
    onEnd(why);
  }

  return stop;
}
