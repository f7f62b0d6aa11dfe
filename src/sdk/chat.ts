import type { ChatStreamSubscription, ChatStreamSubscriptionVariables, SendMessageInput } from './generated.js';
import { TomatoError } from './tomato-error.js';

export type RunEvent = ChatStreamSubscription['chatStream'];

/** How one connection is opened. */
export type OpenStream = (
  variables: ChatStreamSubscriptionVariables,
  options: { signal?: AbortSignal },
) => AsyncIterable<ChatStreamSubscription>;

const TERMINAL: ReadonlySet<string> = new Set(['RunCompleted', 'RunFailed', 'RunCancelled', 'RunInterrupted']);

/** How often in a row a connection may be lost without one event in between. */
const MAX_LOSSES = 10;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

/**
 * Every event of a run, once each and in order, over as many connections as it takes. Ends after the terminal event.
 * A RunSnapshot among them replaces what came before it.
 *
 * @param start The message to send, or the run to follow and the number of the last event already seen.
 * @throws {TomatoError} what the server said; CONNECTION_LOST if it does not come back; the signal's reason if it aborts.
 */
export async function* followChat(
  open: OpenStream,
  start: { message: SendMessageInput } | { runId: string; after: number },
  signal?: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  let next: ChatStreamSubscriptionVariables = start;
  let losses = 0;
  for (;;) {
    try {
      for await (const { chatStream: event } of open(next, signal ? { signal } : {})) {
        losses = 0;
        next = { runId: event.runId, after: event.seq };
        yield event;
        if (TERMINAL.has(event.__typename)) return;
      }
      throw new TomatoError('CONNECTION_LOST', 'The stream ended before the run did.');
    } catch (error) {
      losses += 1;
      if (!mayComeBack(error) || losses > MAX_LOSSES) throw error;
      await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** losses), signal);
    }
  }
}

function mayComeBack(error: unknown): boolean {
  return error instanceof TomatoError && (error.code === 'CONNECTION_LOST' || error.code === 'SERVICE_UNAVAILABLE');
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
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
