import { AppError } from '../../base/errors.js';
import type { LanguageModel, ModelPart, ModelRequest } from './language-model.js';
import type { Model, ToolMode } from './model.js';
import { toReactMessages } from './react/react-messages.js';
import { inReact } from './react/react-model.js';
import { addUsage, type Usage } from './usage.js';

type Mode = Exclude<ToolMode, 'AUTO'>;

/** Where AUTO goes when the service refuses. */
const NEXT: { readonly [From in Mode]: Mode | null } = {
  TOOLS: 'FUNCTIONS',
  FUNCTIONS: 'REACT',
  REACT: null,
  NONE: null,
};

/** The service took the tools, but what it made of them is no call. */
class EmptyCallError extends Error {}

/**
 * The model, asked to use tools in the way that its row says. AUTO begins with what has worked before, or with TOOLS; when the service refuses tools, by an error that
 * speaks of them or by an empty call, the same question is asked again in the next way: FUNCTIONS, then REACT.
 *
 * @param onDetected Told once a way has worked that is not known yet.
 */
export function withToolMode(
  model: LanguageModel,
  { toolMode, detectedToolMode }: Pick<Model, 'toolMode' | 'detectedToolMode'>,
  onDetected: (mode: Mode) => void,
): LanguageModel {
  if (toolMode !== 'AUTO') return { stream: (request) => inMode(model, toolMode, request) };
  let known = detectedToolMode === 'AUTO' ? null : detectedToolMode;
  return {
    async *stream(request) {
      let spent: Usage | null = null;
      for (let mode: Mode = known ?? 'TOOLS'; ;) {
        const attempt: Attempt = { hasSpoken: false, hasCalled: false, spent };
        try {
          for await (const part of inMode(model, mode, request)) {
            const told = take(part, attempt);
            if (told) yield told;
          }
          if (request.tools.length > 0 && mode !== known) onDetected((known = mode));
          return;
        } catch (error) {
          const next = NEXT[mode];
          if (next === null || attempt.hasSpoken || request.tools.length === 0 || !refusesTools(error)) throw error;
          ({ spent } = attempt);
          yield { type: 'tool-mode-changed', from: mode, to: next };
          mode = next;
        }
      }
    },
  };
}

/** What has come of one way to offer the tools, and what the ways before it took. */
type Attempt = { hasSpoken: boolean; hasCalled: boolean; spent: Usage | null };

/**
 * The part as it is told; null for one that is passed over.
 *
 * @throws {EmptyCallError} where the model says that it called a tool, but named none and said nothing.
 */
function take(part: ModelPart, attempt: Attempt): ModelPart | null {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta':
      attempt.hasSpoken = true;
      return part;
    case 'tool-call':
      if (part.call.name === '') return null;
      attempt.hasCalled = true;
      return part;
    case 'finish': {
      const usage = part.usage && attempt.spent ? addUsage(part.usage, attempt.spent) : part.usage;
      attempt.spent = usage;
      if (part.reason === 'tool-calls' && !attempt.hasCalled && !attempt.hasSpoken) throw new EmptyCallError();
      return usage === part.usage ? part : { ...part, usage };
    }
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

function refusesTools(error: unknown): boolean {
  return error instanceof EmptyCallError || (error instanceof AppError && error.details.hasRefusedTools === true);
}
