import { AppError } from '../../base/errors.js';
import { handedOver } from '../../base/handed-over.js';
import type { LanguageModel, ModelPart, ModelRequest } from './language-model.js';
import type { Model, ToolMode } from './model.js';
import { toReactMessages } from './react/react-messages.js';
import { inReact } from './react/react-model.js';

type Mode = Exclude<ToolMode, 'AUTO'>;

/** Where AUTO goes when the service refuses. */
const NEXT: { readonly [From in Mode]: Mode | null } = {
  TOOLS: 'FUNCTIONS',
  FUNCTIONS: 'REACT',
  REACT: null,
  NONE: null,
};

type Finish = Extract<ModelPart, { type: 'finish' }>;

/** The service took the tools, but what it made of them is no call. */
class EmptyCallError extends Error {
  constructor(readonly finish: Finish) {
    super('The model called a tool without a name.');
  }
}

/**
 * The model, asked to use tools in the way that its row says. AUTO begins with what has worked before, or with TOOLS; when the service refuses tools, by an error that
 * speaks of them or by empty calls, the same question is asked again in the next way: FUNCTIONS, then REACT. A model that speaks, in a way that has worked before,
 * is not watched any longer, even if what it said turns out to have been a thought.
 *
 * The first empty call is an answer without a word, and so is one after which no other way is left: whoever asks again is answered in the same way first, and in the next one
 * should that call be empty too.
 *
 * @param onDetected Told once a way has worked that is not known yet. After an empty call, which may come by chance, only a call shows that, and what has worked before stays.
 */
export function withToolMode(
  model: LanguageModel,
  { toolMode, detectedToolMode }: Pick<Model, 'toolMode' | 'detectedToolMode'>,
  onDetected: (mode: Mode) => void,
): LanguageModel {
  if (toolMode !== 'AUTO') return { stream: (request) => inMode(model, toolMode, request) };
  let known = detectedToolMode === 'AUTO' ? null : detectedToolMode;
  let firstEmptyIn: Mode | null = null;
  return {
    stream: (request) =>
      handedOver(async function* (handOver) {
        let mayBeChance = false;
        for (let mode: Mode = firstEmptyIn ?? known ?? 'TOOLS'; ;) {
          const attempt: Attempt = { hasThought: false, hasSpoken: false, hasCalled: false };
          try {
            const parts = inMode(model, mode, request)[Symbol.asyncIterator]();
            for await (const part of { [Symbol.asyncIterator]: () => parts }) {
              const told = take(part, attempt);
              if (attempt.hasSpoken && mode === known) handOver(parts);
              if (told) yield told;
            }
            const hasWorked = !mayBeChance || (attempt.hasCalled && known === null);
            if (request.tools.length > 0 && mode !== known && hasWorked) {
              onDetected((known = mode));
              firstEmptyIn &&= mode;
            }
            return;
          } catch (error) {
            const next = nextMode(mode, request);
            const isLast = next === null || request.requests.left <= 0;
            const empty = error instanceof EmptyCallError ? error.finish : null;
            if (empty && (isLast || firstEmptyIn === null)) {
              if (request.tools.length > 0) firstEmptyIn = mode;
              yield empty;
              return;
            }
            if (isLast || attempt.hasSpoken || (!empty && !refusesTools(error, attempt))) throw error;
            mayBeChance ||= empty !== null;
            yield { type: 'tool-mode-changed', from: mode, to: next, spent: empty?.usage ?? null };
            mode = next;
          }
        }
      }),
  };
}

/** Some services do not even want to be told of earlier calls where none are offered: then these are told in words, which says nothing of how tools are taken. */
function nextMode(mode: Mode, { tools, messages }: ModelRequest): Mode | null {
  if (tools.length > 0) return NEXT[mode];
  const tellsOfCalls = messages.some(({ role }) => role === 'tool');
  return tellsOfCalls && (mode === 'TOOLS' || mode === 'FUNCTIONS') ? 'NONE' : null;
}

/** What has come of one way to offer the tools. */
type Attempt = { hasThought: boolean; hasSpoken: boolean; hasCalled: boolean };

/**
 * The part as it is told; null for one that is passed over.
 *
 * @throws {EmptyCallError} where the model says that it called a tool, but named none and said nothing.
 */
function take(part: ModelPart, attempt: Attempt): ModelPart | null {
  switch (part.type) {
    case 'reasoning-delta':
      attempt.hasThought = true;
      return part;
    case 'text-delta':
      attempt.hasSpoken = true;
      return part;
    case 'tool-call':
      if (part.call.name === '') return null;
      attempt.hasCalled = true;
      return part;
    case 'finish':
      if (part.reason === 'tool-calls' && !attempt.hasCalled && !attempt.hasSpoken) throw new EmptyCallError(part);
      return part;
    case 'text-was-thought':
      attempt.hasThought = true;
      attempt.hasSpoken = false;
      return part;
    case 'tool-mode-changed':
      return part;
  }
}

function inMode(model: LanguageModel, mode: Mode, request: ModelRequest): AsyncIterable<ModelPart> {
  switch (mode) {
    case 'TOOLS':
    case 'FUNCTIONS':
      return model.stream({ ...request, toolFormat: mode });
    case 'REACT':
      return inReact(model).stream(request);
    case 'NONE':
      return model.stream({ ...request, messages: toReactMessages(request.messages, []), tools: [] });
  }
}

function refusesTools(error: unknown, { hasThought }: Attempt): boolean {
  return !hasThought && error instanceof AppError && error.details.hasRefusedTools === true;
}
