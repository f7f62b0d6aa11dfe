import type { AgentEvent } from '../agent/agent-event.js';
import type { Run } from './run.js';
import type { Message, MessagePart, ReasoningPart, TextPart, ToolCallPart } from '../conversations/message.js';

type Open<Part> = { -readonly [Key in keyof Part]: Part[Key] };
type OpenPart = Open<TextPart> | Open<ReasoningPart> | Open<ToolCallPart>;

/** An answer while it is written: the sum of what its agent has done so far. */
export class AnswerDraft {
  readonly #parts: OpenPart[] = [];
  /** Where the parts of the step begin that is going on. */
  #stepStart = 0;

  add(event: AgentEvent): void {
    switch (event.type) {
      case 'text-delta':
        return this.#write('text', event.text);
      case 'reasoning-delta':
        return this.#write('reasoning', event.text);
      case 'tool-call-started': {
        const { callId, step, name, argumentsText } = event;
        this.#parts.push({
          type: 'tool-call',
          callId,
          step,
          name,
          argumentsText,
          status: 'RUNNING',
          output: null,
          isTruncated: false,
          durationMs: null,
        });
        return;
      }
      case 'tool-call-finished': {
        const part = this.#parts.findLast((part) => part.type === 'tool-call' && part.callId === event.callId);
        const { status, output, isTruncated, durationMs } = event;
        if (part) Object.assign(part, { status, output, isTruncated, durationMs });
        return;
      }
      case 'step-started':
        this.#stepStart = this.#parts.length;
        return;
      case 'step-reset':
        this.#parts.length = this.#stepStart;
        return;
      case 'history-summarized':
      case 'model-called':
      case 'model-changed':
      case 'tool-mode-changed':
        return;
    }
  }

  /** The parts as they are now; what is added later does not change them. */
  parts(): MessagePart[] {
    return this.#parts.map((part) => ({ ...part }));
  }

  #write(type: 'text' | 'reasoning', text: string): void {
    const last = this.#parts.at(-1);
    if (last?.type === type) last.text += text;
    else this.#parts.push({ type, text });
  }
}

/** The parts of an answer that ends before its tools have: what was running counts as failed. */
export function withoutRunningCalls(parts: readonly MessagePart[], why: string): MessagePart[] {
  return parts.map((part) =>
    part.type === 'tool-call' && part.status === 'RUNNING' ? { ...part, status: 'FAILED', output: why } : part,
  );
}

/** The place of an answer that is still to be written. */
export function emptyAnswer({ answerId, id, conversationId, userMessage, startedAt }: Run): Message {
  return {
    id: answerId,
    conversationId,
    parentId: userMessage.id,
    position: userMessage.position + 1,
    role: 'ASSISTANT',
    parts: [],
    status: 'STREAMING',
    runId: id,
    usage: null,
    createdAt: startedAt,
  };
}
