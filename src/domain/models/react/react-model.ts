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
  const toolNames = request.tools.map(({ name }) => name);
  const begin = () => new ReactReader(() => `react_${randomUUID().slice(0, 12)}`, toolNames);
  let reader = begin();
  let chars = 0;
  const asked: ModelRequest = { ...request, messages: toReactMessages(request.messages, request.tools), tools: [] };
  try {
    for await (const part of model.stream(asked)) {
      switch (part.type) {
        case 'text-delta':
          chars += part.text.length;
          if (chars > MAX_CHARS) throw new AppError('LIMIT_EXCEEDED', `An answer has at most ${MAX_CHARS} characters.`);
          yield* reader.push(part.text);
          break;
        case 'text-was-thought':
          yield* heldIn(reader);
          yield part;
          reader = begin();
          break;
        case 'finish':
          yield* finish(reader.end(part.reason === 'length'), part);
          break;
        default:
          yield part;
      }
    }
  } catch (error) {
    yield* heldIn(reader);
    throw error;
  }
}

/** What was held back of words that came to no end: a call among them is none. */
const heldIn = (reader: ReactReader): ModelPart[] => reader.end(true).filter(({ type }) => type !== 'tool-call');

function finish(last: readonly ModelPart[], part: Extract<ModelPart, { type: 'finish' }>): ModelPart[] {
  const hasCall = last.some(({ type }) => type === 'tool-call');
  return [...last, hasCall ? { ...part, reason: 'tool-calls' } : part];
}
