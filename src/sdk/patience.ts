import { TomatoError } from './tomato-error.js';

/** How often in a row a server may be lost before it is given up. */
const MAX_LOSSES = 10;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

/** What a server asks for beyond that it does not get. */
const LONGEST_ASKED_PAUSE_MS = 60_000;

/**
 * What a server answers, however often it has to be asked: while it cannot be reached, and while the same is still being carried out for an earlier question.
 * Only for what may be asked again.
 *
 * @throws {TomatoError} what the server said; CONNECTION_LOST if it does not come back; the signal's reason if it aborts.
 */
export async function untilAnswered<R>(ask: () => Promise<R>, signal?: AbortSignal): Promise<R> {
  let losses = 0;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      // Whoever carries it out comes to an end.
      if (isStillRunning(error)) losses = 0;
      else throwUnlessLost(error, ++losses);
      await pauseAfter(error, losses, signal);
    }
  }
}

/** @throws the failure, unless it is the loss of a server that may yet come back. */
export function throwUnlessLost(error: unknown, losses: number): void {
  const isLoss =
    error instanceof TomatoError && (error.code === 'CONNECTION_LOST' || error.code === 'SERVICE_UNAVAILABLE');
  if (!isLoss || losses > MAX_LOSSES) throw error;
}

/** As long as the server asks for by `retryAfterMs`, a minute at most, and on top of it longer after each loss in a row, and never the same for all clients. */
export function pauseAfter(error: unknown, losses: number, signal: AbortSignal | undefined): Promise<void> {
  const backoff = Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** losses);
  return pause(askedFor(error) + backoff, signal);
}

function askedFor(error: unknown): number {
  const asked = error instanceof TomatoError ? error.details['retryAfterMs'] : undefined;
  return typeof asked === 'number' ? Math.min(LONGEST_ASKED_PAUSE_MS, asked) : 0;
}

function isStillRunning(error: unknown): boolean {
  return error instanceof TomatoError && error.details['reason'] === 'STILL_RUNNING';
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
