import type { Message, MessagePart } from '../../domain/conversations/message.js';
import type { RunEvent } from '../../domain/runs/run-event.js';

/** What an event, a message or a part takes beside its texts. */
const OVERHEAD_BYTES = 250;

/** As Hangul takes; Latin takes half. */
const BYTES_PER_CHAR = 2;

/** What an event takes in memory, about. */
export function bytesOf(event: RunEvent): number {
  switch (event.type) {
    case 'step-started':
    case 'history-summarized':
    case 'step-reset':
    case 'model-changed':
    case 'tool-mode-changed':
      return OVERHEAD_BYTES;
    case 'text-delta':
    case 'reasoning-delta':
      return bytesOfTexts(event.text);
    case 'tool-call-started':
      return bytesOfTexts(event.argumentsText);
    case 'tool-call-finished':
      return bytesOfTexts(event.output);
    case 'run-started':
      return OVERHEAD_BYTES + bytesOfMessage(event.userMessage);
    default:
      return OVERHEAD_BYTES + bytesOfMessage(event.message);
  }
}

function bytesOfMessage({ parts }: Message): number {
  return parts.reduce((bytes, part) => bytes + bytesOfPart(part), OVERHEAD_BYTES);
}

function bytesOfPart(part: MessagePart): number {
  return part.type === 'tool-call' ? bytesOfTexts(part.argumentsText, part.output ?? '') : bytesOfTexts(part.text);
}

function bytesOfTexts(...texts: readonly string[]): number {
  return texts.reduce((bytes, text) => bytes + BYTES_PER_CHAR * text.length, OVERHEAD_BYTES);
}
