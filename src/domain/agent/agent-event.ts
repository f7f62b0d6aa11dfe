import type { ToolCallStatus } from '../conversations/message.js';
import type { ToolMode } from '../models/model.js';
import type { Usage } from '../models/usage.js';

/** What an agent does, as it happens. */
export type AgentEvent =
  | { readonly type: 'step-started'; readonly step: number }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  /** The service would not take tools in one way; the step is asked again in another. */
  | { readonly type: 'tool-mode-changed'; readonly from: ToolMode; readonly to: ToolMode }
  /** Follows every call of the model, failed and cancelled ones too. For the books; readers do not see it. */
  | {
      readonly type: 'model-called';
      readonly step: number;
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
    };

export type AgentResult = {
  readonly stopReason: 'ANSWER' | 'STEP_LIMIT' | 'TOOL_LOOP' | 'LENGTH';
  readonly steps: number;
};
