import type { Usage } from '../usage/usage.js';

export type MessageRole = 'USER' | 'ASSISTANT';

/** STREAMING while a run writes it; PARTIAL if the run was cancelled or lost, or failed in the middle of it; FAILED if there is no answer; DELETED if its content is gone and only its place is kept. */
export type MessageStatus = 'COMPLETE' | 'STREAMING' | 'PARTIAL' | 'FAILED' | 'DELETED';

export type ToolCallStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED';

export type TextPart = { readonly type: 'text'; readonly text: string };
export type ReasoningPart = { readonly type: 'reasoning'; readonly text: string };
export type ToolCallPart = {
  readonly type: 'tool-call';
  readonly callId: string;
  /** The step that asked for it: calls of one step were asked for together. */
  readonly step: number;
  readonly name: string;
  /** As the model wrote them; should be JSON but need not be. */
  readonly argumentsText: string;
  readonly status: ToolCallStatus;
  /** Null while it runs. */
  readonly output: string | null;
  readonly isTruncated: boolean;
  readonly durationMs: number | null;
};
export type MessagePart = TextPart | ReasoningPart | ToolCallPart;

/** Messages form a tree by `parentId`; `position` counts 1, 2, 3 … within the conversation, in the order they were made, whatever the clock says. */
export type Message = {
  readonly id: string;
  readonly conversationId: string;
  readonly parentId: string | null;
  readonly position: number;
  readonly role: MessageRole;
  readonly parts: readonly MessagePart[];
  readonly status: MessageStatus;
  /** The run that wrote it, or that it started. */
  readonly runId: string | null;
  /** Of an answer; null until its run has ended. */
  readonly usage: Usage | null;
  readonly createdAt: Date;
};

/** All text parts, joined. */
export function textOf({ parts }: Pick<Message, 'parts'>): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
