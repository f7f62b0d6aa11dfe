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
class EmptyCallError extends Error {
  constructor(readonly usage: Usage | null) {
    super('The model called a tool without naming one.');
  }
}

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
        let hasBegun = false;
        try {
          for await (const part of withUsage(refusingEmptyCalls(inMode(model, mode, request)), spent)) {
            hasBegun ||= part.type === 'text-delta' || part.type === 'reasoning-delta';
            yield part;
          }
          if (request.tools.length > 0 && mode !== known) onDetected((known = mode));
          return;
        } catch (error) {
          const next = NEXT[mode];
          if (next === null || hasBegun || request.tools.length === 0 || !refusesTools(error)) throw error;
          if (error instanceof EmptyCallError && error.usage)
            spent = spent ? addUsage(spent, error.usage) : error.usage;
          yield { type: 'tool-mode-changed', from: mode, to: next };
          mode = next;
        }
      }
    },
  };
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

/** @throws {EmptyCallError} where the model says that it called a tool, but named none and said nothing. */
async function* refusingEmptyCalls(parts: AsyncIterable<ModelPart>): AsyncGenerator<ModelPart, void> {
  let hasSaid = false;
  for await (const part of parts) {
    if (part.type === 'tool-call' && part.call.name === '') continue;
    if (part.type === 'text-delta' || part.type === 'tool-call') hasSaid = true;
    if (part.type === 'finish' && part.reason === 'tool-calls' && !hasSaid) throw new EmptyCallError(part.usage);
    yield part;
  }
}

/** What the refused attempts took counts as well. */
async function* withUsage(parts: AsyncIterable<ModelPart>, spent: Usage | null): AsyncGenerator<ModelPart, void> {
  for await (const part of parts) {
    yield part.type === 'finish' && part.usage && spent ? { ...part, usage: addUsage(part.usage, spent) } : part;
  }
}

/** Whether a service means the tools when it refuses: it names them, in whatever words. */
function refusesTools(error: unknown): boolean {
  if (error instanceof EmptyCallError) return true;
  if (!(error instanceof AppError) || (error.code !== 'UPSTREAM_REFUSED' && error.code !== 'UPSTREAM_FAILED'))
    return false;
  return /tool|function/i.test(error.details.providerMessage ?? '');
}
