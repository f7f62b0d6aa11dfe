import type { RunEvent } from '../../src/sdk/chat.js';
import type { SendMessageInput } from '../../src/sdk/generated.js';
import { emptyTurn, withEvent, type Ended, type Turn } from '../../src/sdk/turn.js';

export type ChatState = {
  /** What was sent here and is not yet among the stored messages. */
  readonly sent: SendMessageInput | null;
  readonly turn: Turn;
  /** How the turn before it ended, if that was followed. */
  readonly lastEnd: Ended | null;
  /** The stream is over: what is stored has to be asked for. */
  readonly isOver: boolean;
  /** What went wrong. Nothing is followed until it is tried again. */
  readonly error: string | null;
};

export type ChatAction =
  | { readonly type: 'sent'; readonly message: SendMessageInput }
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'completed' }
  | { readonly type: 'failed'; readonly error: string }
  | { readonly type: 'refetched' }
  | { readonly type: 'retried' };

export const idle: ChatState = { sent: null, turn: emptyTurn, lastEnd: null, isOver: false, error: null };

export function withAction(state: ChatState, action: ChatAction): ChatState {
  const { sent, turn, error } = state;
  switch (action.type) {
    case 'sent':
      return { ...idle, sent: action.message };
    case 'event':
      return { ...state, turn: withEvent(turn, action.event) };
    case 'completed':
      return { ...state, isOver: true };
    case 'failed':
      return { ...state, isOver: true, error: action.error };
    case 'refetched':
      // A message that the server may not have is kept, to be sent again under the same `clientMessageId`.
      return { ...idle, lastEnd: turn.end, error, sent: turn.runId === null ? sent : null };
    case 'retried':
      return { ...state, isOver: false, error: null };
  }
}
