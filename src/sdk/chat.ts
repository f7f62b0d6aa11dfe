import type { ChatStreamSubscription, ChatStreamSubscriptionVariables, SendMessageInput } from './generated.js';
import { pauseAfter, throwUnlessLost } from './patience.js';
import { TomatoError } from './tomato-error.js';

export type RunEvent = ChatStreamSubscription['chatStream'];

/** What a chat asks of the server. */
export type ChatServer = {
  /** Opens one connection. */
  open(variables: ChatStreamSubscriptionVariables, signal: AbortSignal): AsyncIterable<ChatStreamSubscription>;
  /** The number of a run's terminal event; 0 until it has ended. */
  lastSeqOf(runId: string, signal: AbortSignal): Promise<number>;
};

type Start = { readonly message: SendMessageInput } | { readonly runId: string; readonly after: number };

const TERMINAL: ReadonlySet<string> = new Set(['RunCompleted', 'RunFailed', 'RunCancelled', 'RunInterrupted']);

/**
 * Every event of a run, once each and in order, over as many connections as it takes. Ends after the terminal event; at once where that is not after `after`.
 * A RunSnapshot among them replaces what came before it.
 *
 * @param start The message to send, or the run to follow and the number of the last event already seen.
 * @throws {TomatoError} what the server said; CONNECTION_LOST if it does not come back; the signal's reason if it aborts.
 */
export async function* followChat(
  server: ChatServer,
  start: Start,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  let next = start;
  let losses = 0;
  for (;;) {
    try {
      let isEmpty = true;
      for await (const { chatStream: event } of server.open(next, signal)) {
        isEmpty = false;
        losses = 0;
        next = { runId: event.runId, after: event.seq };
        yield event;
        if (TERMINAL.has(event.__typename)) return;
      }
      if (isEmpty && (await isAtEnd(server, next, signal))) return;
      throw new TomatoError('CONNECTION_LOST', 'The stream ended before the run did.');
    } catch (error) {
      losses += 1;
      throwUnlessLost(error, losses);
      await pauseAfter(error, losses, signal);
    }
  }
}

/** Of a run whose end has been seen nothing comes, as of a connection that is cut at once. */
async function isAtEnd(server: ChatServer, start: Start, signal: AbortSignal): Promise<boolean> {
  if (!('runId' in start)) return false;
  const lastSeq = await server.lastSeqOf(start.runId, signal);
  return lastSeq > 0 && start.after >= lastSeq;
}
