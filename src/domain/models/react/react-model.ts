import { randomUUID } from 'node:crypto';
import { AppError } from '../../../base/errors.js';
import type { LanguageModel, ModelPart, ModelRequest } from '../language-model.js';
import { toReactMessages } from './react-messages.js';
import { ReactReader } from './react-reader.js';

/** Characters of one answer, those included that nobody is told of. */
const MAX_CHARS = 1_000_000;

/** Lets a model that knows nothing of tools use them by words. */
export function inReact(model: LanguageModel): LanguageModel {
  return { stream: (request) => streamInReact(model, request) };
}

async function* streamInReact(model: LanguageModel, request: ModelRequest): AsyncGenerator<ModelPart, void> {
  const reader = new ReactReader(() => `react_${randomUUID().slice(0, 12)}`);
  let chars = 0;
  const asked: ModelRequest = { ...request, messages: toReactMessages(request.messages, request.tools), tools: [] };
  for await (const part of model.stream(asked)) {
    if (part.type === 'text-delta') {
      chars += part.text.length;
      if (chars > MAX_CHARS) throw new AppError('LIMIT_EXCEEDED', `An answer has at most ${MAX_CHARS} characters.`);
      yield* reader.push(part.text);
    } else if (part.type !== 'finish') yield part;
    else {
      const last = reader.end(part.reason === 'length');
      yield* last;
      const hasCall = last.some(({ type }) => type === 'tool-call');
      yield hasCall ? { ...part, reason: 'tool-calls' } : part;
    }
  }
}
