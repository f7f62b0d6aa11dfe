import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait before attempt number `attempt` (1 is the first retry): exponential, with full jitter. Milliseconds. */
export function backoffMs(attempt: number, { baseMs = 250, capMs = 8_000 } = {}): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** (attempt - 1));
}

/** Waits; throws the signal's reason as soon as it aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}
