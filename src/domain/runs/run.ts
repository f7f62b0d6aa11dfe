import { INTERNAL_MESSAGE, type ErrorCode } from '../../base/errors.js';
import type { Message } from '../conversations/message.js';
import type { Usage } from '../usage/usage.js';

/** QUEUED → RUNNING ⇄ AWAITING_INPUT → COMPLETED | FAILED | CANCELLED | INTERRUPTED */
export type RunStatus = 'QUEUED' | 'RUNNING' | 'AWAITING_INPUT' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'INTERRUPTED';
export type EndStatus = Extract<RunStatus, 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'INTERRUPTED'>;

export type StopReason = 'ANSWER' | 'STEP_LIMIT' | 'TOOL_LOOP' | 'LENGTH' | 'ERROR' | 'CANCELLED';

/** Why a run failed, for its user. */
export type RunError = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly isRetryable: boolean;
  readonly retryAfterMs: number | null;
  /** What the model service said; for OWNER and ADMIN only. */
  readonly providerMessage: string | null;
};

/** Of a run whose error was not kept. */
export const UNKNOWN_ERROR: RunError = {
  code: 'INTERNAL',
  message: INTERNAL_MESSAGE,
  isRetryable: true,
  retryAfterMs: null,
  providerMessage: null,
};

/** One agent turn: from a user's message to the end of the answer. */
export type Run = {
  readonly id: string;
  readonly conversationId: string;
  readonly userId: string;
  readonly status: RunStatus;
  readonly stopReason: StopReason | null;
  readonly error: RunError | null;
  readonly modelId: string;
  readonly modelName: string;
  /** Names of the tools that this turn may use; null is all. */
  readonly toolNames: readonly string[] | null;
  /** Kept in the run as well as among the messages: inserting the run is what accepts the message. */
  readonly userMessage: Message;
  readonly answerId: string;
  /** The client's own id for the message, and a hash of what it asked with it. */
  readonly clientMessageId: string | null;
  readonly requestHash: string;
  readonly steps: number;
  readonly maxSteps: number;
  readonly usage: Usage;
  /** Number of the terminal event; 0 until the run has ended. */
  readonly lastSeq: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
};

export function isEnded({ status }: Pick<Run, 'status'>): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED' || status === 'INTERRUPTED';
}
