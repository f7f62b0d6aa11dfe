import type { ErrorCode } from '../../base/errors.js';
import type { Message, ToolCallStatus } from '../conversations/message.js';
import type { ToolMode } from '../models/model.js';
import type { Usage } from '../usage/usage.js';
import type { RunError, StopReason } from './run.js';

/** What can happen in a run. PROTOCOL.md tells the order. Exactly one terminal event ends a run. */
export type RunEventBody =
  | {
      readonly type: 'run-started';
      readonly model: string;
      readonly toolNames: readonly string[];
      readonly userMessage: Message;
      readonly answerId: string;
    }
  | { readonly type: 'step-started'; readonly step: number }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  | {
      readonly type: 'tool-call-started';
      readonly callId: string;
      readonly name: string;
      readonly argumentsText: string;
    }
  | {
      readonly type: 'tool-call-finished';
      readonly callId: string;
      readonly status: ToolCallStatus;
      readonly output: string;
      readonly isTruncated: boolean;
      readonly durationMs: number;
    }
  | { readonly type: 'history-summarized'; readonly upToMessageId: string }
  | { readonly type: 'step-reset'; readonly step: number }
  | { readonly type: 'model-changed'; readonly from: string; readonly to: string; readonly reason: ErrorCode }
  | { readonly type: 'tool-mode-changed'; readonly from: ToolMode; readonly to: ToolMode }
  /** Replaces everything up to `seq`: the log no longer holds what came after the reader's cursor. */
  | { readonly type: 'run-snapshot'; readonly message: Message }
  | {
      readonly type: 'run-completed';
      readonly message: Message;
      readonly usage: Usage;
      readonly stopReason: StopReason;
    }
  | { readonly type: 'run-failed'; readonly message: Message; readonly error: RunError }
  | { readonly type: 'run-cancelled'; readonly message: Message }
  | { readonly type: 'run-interrupted'; readonly message: Message };

/** An entry of a run's log. `seq` counts 1, 2, 3 … within the run; only a crash leaves a gap, before a snapshot. */
export type RunEvent = RunEventBody & { readonly runId: string; readonly seq: number; readonly at: Date };

export function isTerminal({ type }: Pick<RunEvent, 'type'>): boolean {
  return type === 'run-completed' || type === 'run-failed' || type === 'run-cancelled' || type === 'run-interrupted';
}
