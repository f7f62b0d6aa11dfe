import type { ChatStreamSubscription, ChatStreamSubscriptionVariables, SendMessageInput } from './generated.js';
import { pauseAfter, throwUnlessLost } from './patience.js';
import { TomatoError } from './tomato-error.js';

export type RunEvent = ChatStreamSubscription['chatStream'];

/** How one connection is opened. */
export type OpenStream = (
  variables: ChatStreamSubscriptionVariables,
  options: { signal?: AbortSignal },
) => AsyncIterable<ChatStreamSubscription>;

const TERMINAL: ReadonlySet<string> = new Set(['RunCompleted', 'RunFailed', 'RunCancelled', 'RunInterrupted']);

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
      throwUnlessLost(error, losses);
      await pauseAfter(losses, signal);
    }
  }
}
