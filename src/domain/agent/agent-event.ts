import type { ErrorCode } from '../../base/errors.js';
import type { ConversationSummary } from '../conversations/conversation.js';
import type { ToolCallStatus } from '../conversations/message.js';
import type { ToolMode } from '../models/model.js';
import type { Usage } from '../usage/usage.js';

/** What an agent does, as it happens. */
export type AgentEvent =
  | { readonly type: 'step-started'; readonly step: number }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  /** The service would not take tools in one way; the step is asked again in another. */
  | { readonly type: 'tool-mode-changed'; readonly from: ToolMode; readonly to: ToolMode }
  /** Older turns were summed up, since they do not fit any more; the summary is to be kept. */
  | { readonly type: 'history-summarized'; readonly summary: ConversationSummary }
  /** What this step has streamed so far is void: it is begun again, by the same model or another. */
  | { readonly type: 'step-reset'; readonly step: number }
  /** Another model stands in, by the names that their services give them. */
  | { readonly type: 'model-changed'; readonly from: string; readonly to: string; readonly reason: ErrorCode }
  /** Follows every call of a model, failed and cancelled ones too. For the books; readers do not see it. */
  | {
      readonly type: 'model-called';
      readonly modelId: string;
      readonly modelName: string;
      readonly step: number;
      /** Counts 1, 2, 3 … within the step. */
      readonly attempt: number;
      readonly outcome: 'COMPLETED' | 'FAILED' | 'CANCELLED';
      readonly usage: Usage;
    }
  /** The tool runs only when the next event is asked for, so that the call can be put on record first. */
  | {
      readonly type: 'tool-call-started';
      readonly callId: string;
      readonly step: number;
      readonly name: string;
      readonly argumentsText: string;
    }
  | {
      readonly type: 'tool-call-finished';
      readonly callId: string;
      readonly status: Extract<ToolCallStatus, 'SUCCEEDED' | 'FAILED'>;
      readonly output: string;
      readonly isTruncated: boolean;
      readonly durationMs: number;
      /** What a tool threw that nobody foresaw; for the log alone. */
      readonly fault?: unknown;
    };

export type AgentResult = {
  readonly stopReason: 'ANSWER' | 'STEP_LIMIT' | 'TOOL_LOOP' | 'LENGTH';
  readonly steps: number;
};
