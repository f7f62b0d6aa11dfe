import { AppError } from '../../base/errors.js';
import { handedOver, type HandOver } from '../../base/handed-over.js';
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
  return new DetectingModel(model, detectedToolMode === 'AUTO' ? null : detectedToolMode, onDetected);
}

class DetectingModel implements LanguageModel {
  readonly #model: LanguageModel;
  readonly #onDetected: (mode: Mode) => void;
  #known: Mode | null;
  #firstEmptyIn: Mode | null = null;

  constructor(model: LanguageModel, known: Mode | null, onDetected: (mode: Mode) => void) {
    this.#model = model;
    this.#known = known;
    this.#onDetected = onDetected;
  }

  stream(request: ModelRequest): AsyncIterable<ModelPart> {
    return handedOver((handOver) => this.#watch(request, handOver));
  }

  async *#watch(request: ModelRequest, handOver: HandOver<ModelPart>): AsyncGenerator<ModelPart, void> {
    let mayBeChance = false;
    let mode: Mode = this.#firstEmptyIn ?? this.#known ?? 'TOOLS';
    for (;;) {
      const outcome = yield* askIn(this.#model, mode, request, mode === this.#known ? handOver : null);
      if (outcome.type === 'answered') {
        const hasWorked = !mayBeChance || (outcome.hasCalled && this.#known === null);
        if (request.tools.length > 0 && hasWorked) this.#remember(mode);
        return;
      }
      const next = request.requests.left > 0 ? nextMode(mode, request) : null;
      if (outcome.type === 'empty-call') {
        if (next === null || this.#firstEmptyIn === null) {
          if (request.tools.length > 0) this.#firstEmptyIn = mode;
          yield outcome.finish;
          return;
        }
        mayBeChance = true;
      } else if (next === null) throw outcome.error;
      const spent = outcome.type === 'empty-call' ? outcome.finish.usage : null;
      yield { type: 'tool-mode-changed', from: mode, to: next, spent };
      mode = next;
    }
  }

  #remember(mode: Mode): void {
    if (mode === this.#known) return;
    this.#known = mode;
    this.#firstEmptyIn &&= mode;
    this.#onDetected(mode);
  }
}

/** Some services do not even want to be told of earlier calls where none are offered: then these are told in words, which says nothing of how tools are taken. */
function nextMode(mode: Mode, { tools, messages }: ModelRequest): Mode | null {
  if (tools.length > 0) return NEXT[mode];
  const tellsOfCalls = messages.some(({ role }) => role === 'tool');
  return tellsOfCalls && (mode === 'TOOLS' || mode === 'FUNCTIONS') ? 'NONE' : null;
}

type Finish = Extract<ModelPart, { type: 'finish' }>;

/** What came of one way to offer the tools. */
type Outcome =
  | { readonly type: 'answered'; readonly hasCalled: boolean }
  /** The service took the tools, but the model says that it called one, named none, and said nothing. */
  | { readonly type: 'empty-call'; readonly finish: Finish }
  | { readonly type: 'refused'; readonly error: unknown };

/**
 * Calls without a name, and the finish of an empty call, are passed over.
 *
 * @param handOver Given what follows once the model speaks; null if all of it is to be watched.
 * @throws what the model throws, unless the service refuses tools before anything was said or thought.
 */
async function* askIn(
  model: LanguageModel,
  mode: Mode,
  request: ModelRequest,
  handOver: HandOver<ModelPart> | null,
): AsyncGenerator<ModelPart, Outcome> {
  const seen = { hasThought: false, hasSpoken: false, hasCalled: false };
  try {
    const parts = inMode(model, mode, request)[Symbol.asyncIterator]();
    for await (const part of { [Symbol.asyncIterator]: () => parts }) {
      if (part.type === 'tool-call' && part.call.name === '') continue;
      if (isEmptyCall(part, seen)) return { type: 'empty-call', finish: part };
      note(part, seen);
      if (seen.hasSpoken) handOver?.(parts);
      yield part;
    }
    return { type: 'answered', hasCalled: seen.hasCalled };
  } catch (error) {
    const hasBegun = seen.hasThought || seen.hasSpoken;
    if (hasBegun || !(error instanceof AppError && error.details.hasRefusedTools === true)) throw error;
    return { type: 'refused', error };
  }
}

type Seen = { hasThought: boolean; hasSpoken: boolean; hasCalled: boolean };

function isEmptyCall(part: ModelPart, { hasCalled, hasSpoken }: Seen): part is Finish {
  return part.type === 'finish' && part.reason === 'tool-calls' && !hasCalled && !hasSpoken;
}

function note({ type }: ModelPart, seen: Seen): void {
  if (type === 'text-delta') seen.hasSpoken = true;
  if (type === 'tool-call') seen.hasCalled = true;
  if (type === 'reasoning-delta' || type === 'text-was-thought') seen.hasThought = true;
  if (type === 'text-was-thought') seen.hasSpoken = false;
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
