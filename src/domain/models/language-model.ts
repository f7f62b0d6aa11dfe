import type { ToolMode } from './model.js';
import type { ModelImage } from './model-image.js';
import type { Usage } from '../usage/usage.js';

/** What the model is told about a tool. */
export type ToolSpec = {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** A call that a model asked for. `argumentsText` is what it wrote, which should be JSON but need not be. */
export type ToolCall = { readonly id: string; readonly name: string; readonly argumentsText: string };

export type ModelMessage =
  | { readonly role: 'system'; readonly text: string }
  | {
      readonly role: 'user';
      readonly text: string;
      /** They belong to the text; only models that see may be sent any. */
      readonly images?: readonly ModelImage[];
      /** It stands for all that was said before it, so that it stays where older turns are left out. @default false */
      readonly isSummary?: boolean;
    }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly toolCalls: readonly ToolCall[];
      /** What the model thought before. Only services that demand it are told of it again. */
      readonly reasoning?: string;
    }
  | { readonly role: 'tool'; readonly callId: string; readonly name: string; readonly text: string };

export type ModelRequest = {
  /** In order; the system message, if any, comes first. */
  readonly messages: readonly ModelMessage[];
  /** Empty: the model is not told of any tool, and cannot call one. */
  readonly tools: readonly ToolSpec[];
  /** How the tools are offered: as the API has it now, or as `functions`, as it once had. @default 'TOOLS' */
  readonly toolFormat?: 'TOOLS' | 'FUNCTIONS';
  readonly temperature: number | null;
  readonly maxOutputTokens: number | null;
  /** Requests to services that may still be made for it. Whoever makes one counts it down, and makes none at 0. */
  readonly requests: { left: number };
  /** Which call of a run it is, for the books. @default one that belongs to no step */
  readonly call?: { readonly step: number; readonly attempt: number };
  readonly signal: AbortSignal;
};

export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'content-filter';

/** One piece of a model's answer. A stream that ends well ends with exactly one `finish`; complete tool calls come just before it, in the model's order. */
export type ModelPart =
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  /** All text so far was no answer, but what the model thought before it. */
  | { readonly type: 'text-was-thought' }
  | { readonly type: 'tool-call'; readonly call: ToolCall }
  /**
   * The service would not take tools in one way; the same question is asked again in another, and what the model thought before is void. `spent` is what
   * that took; null where it was nothing, or the service did not say.
   */
  | { readonly type: 'tool-mode-changed'; readonly from: ToolMode; readonly to: ToolMode; readonly spent: Usage | null }
  /** `usage` is null where the service did not say; `cost` is always null here. */
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly usage: Usage | null };

/**
 * A model that can be talked to. What one read of the connection brought together comes as one delta.
 *
 * `stream` throws the signal's reason promptly when it aborts. A failure of the service is thrown as AppError: UPSTREAM_RATE_LIMITED, UPSTREAM_REFUSED,
 * UPSTREAM_TIMEOUT or UPSTREAM_FAILED; so is a stream that ends without a finish reason. Retries before the first part are its own affair.
 */
export interface LanguageModel {
  stream(request: ModelRequest): AsyncIterable<ModelPart>;
}
