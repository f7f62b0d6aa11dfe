import { AppError } from '../../base/errors.js';
import type { ModelPart } from '../../domain/models/language-model.js';
import { AnswerReader } from './answer-reader.js';
import type { Failures } from './failures.js';
import { SseReader } from './sse-reader.js';
import { isReport, parseChunk } from './wire-chunk.js';

/**
 * The parts of an answer that came in one piece, as if it were a stream of one chunk. Some services stream all the same, and only say that it is JSON.
 *
 * @throws {AppError} UPSTREAM_…
 */
export function readWhole(body: string, failures: Failures): readonly ModelPart[] {
  const parts: ModelPart[] = [];
  const reader = new AnswerReader((told) => parts.push(told));
  const read = (json: string): void => {
    const chunk = parseChunk(json);
    if (isReport(chunk)) throw failures.ofReport(chunk);
    reader.read(chunk);
  };
  try {
    if (/^\s*(?:data|event|id|retry|error):|^:/.test(body)) readEvents(body, read);
    else read(body);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw failures.ofNonsense(error instanceof SyntaxError ? body : error);
  }
  const last = reader.end();
  if (last === null) throw failures.unfinished();
  return [...parts, ...last];
}

function readEvents(body: string, read: (json: string) => void): void {
  const events = new SseReader((data) => data.trimEnd() === '[DONE]' || read(data));
  events.push(Buffer.from(body));
  events.end();
}
