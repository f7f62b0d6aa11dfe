import { randomUUID } from 'node:crypto';
import type { FinishReason, ModelPart, ToolCall } from '../../domain/models/language-model.js';
import type { Usage } from '../../domain/models/usage.js';
import { MalformedStreamError } from './sse-reader.js';

/**
 * One chunk of a stream, as services really send it: everything may be missing, and most of it may be null.
 * An answer in one piece, from a service that does not stream, has a `message` in place of the `delta`.
 */
export type WireChunk = {
  readonly choices?: readonly WireChoice[] | null;
  readonly usage?: WireUsage | null;
  readonly x_groq?: { readonly usage?: WireUsage | null } | null;
  readonly error?: unknown;
  readonly object?: unknown;
  readonly message?: unknown;
};

type WireChoice = {
  readonly delta?: WireDelta | null;
  readonly message?: WireDelta | null;
  readonly finish_reason?: string | null;
};

type WireDelta = {
  readonly content?: string | readonly WirePart[] | null;
  readonly refusal?: string | null;
  readonly reasoning_content?: string | null;
  readonly reasoning?: unknown;
  readonly tool_calls?: readonly WireCall[] | null;
  /** Before there were `tools`, there was one call an answer. */
  readonly function_call?: WireCall['function'];
};

type WirePart = { readonly type?: string; readonly text?: string; readonly thinking?: string | readonly WirePart[] };

type WireCall = {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown } | null;
};

type WireUsage = {
  readonly prompt_tokens?: number | null;
  readonly completion_tokens?: number | null;
  readonly total_tokens?: number | null;
  readonly prompt_cache_hit_tokens?: number | null;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | null } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number | null } | null;
};

/** What the calls of one answer may come to; more than that is a stream without end. */
const MAX_CALLS = 1_000;
const MAX_CALL_CHARS = 1_000_000;

type OpenCall = { readonly index: number | null; readonly id: string; readonly name: string; argumentsText: string };

/** Puts an answer together from its chunks. Deltas are handed on as they come, all else when the answer has ended. */
export class AnswerReader {
  readonly #onDelta: (type: 'text-delta' | 'reasoning-delta', text: string) => void;
  readonly #calls: OpenCall[] = [];
  #callChars = 0;
  #finish: string | null = null;
  #usage: Usage | null = null;

  constructor(onDelta: (type: 'text-delta' | 'reasoning-delta', text: string) => void) {
    this.#onDelta = onDelta;
  }

  /** Whether the model has said why it stopped; only usage may still follow. */
  get isFinished(): boolean {
    return this.#finish !== null;
  }

  /** @throws {MalformedStreamError} if its calls do not end. */
  read(chunk: WireChunk): void {
    const choice = chunk.choices?.[0];
    const delta = choice?.delta ?? choice?.message;
    if (delta) this.#readDelta(delta);
    if (choice?.finish_reason) this.#finish = choice.finish_reason;
    const usage = chunk.usage ?? chunk.x_groq?.usage;
    if (usage) this.#usage = toUsage(usage) ?? this.#usage;
  }

  /** Complete tool calls, then the finish. Null if the model has not said that it finished, or said that it failed. */
  end(): ModelPart[] | null {
    if (this.#finish === null || FAILURES.has(this.#finish)) return null;
    const calls = this.#calls.map(({ id, name, argumentsText }): ModelPart => {
      return { type: 'tool-call', call: { id: id || makeCallId(), name, argumentsText } satisfies ToolCall };
    });
    return [...calls, { type: 'finish', reason: this.#reason(this.#finish), usage: this.#usage }];
  }

  #reason(finish: string): FinishReason {
    const reason = REASONS[finish] ?? 'stop';
    return reason === 'stop' && this.#calls.length > 0 ? 'tool-calls' : reason;
  }

  #readDelta(delta: WireDelta): void {
    // Some services send the same reasoning under both names.
    const reasoning = delta.reasoning_content || delta.reasoning;
    if (typeof reasoning === 'string' && reasoning !== '') this.#onDelta('reasoning-delta', reasoning);
    if (typeof delta.content === 'string') this.#text(delta.content);
    else if (delta.content) delta.content.forEach((part) => this.#readPart(part));
    if (delta.refusal) this.#text(delta.refusal);
    delta.tool_calls?.forEach((call) => this.#readCall(call));
    if (delta.function_call) this.#readCall({ index: 0, function: delta.function_call });
  }

  #readPart({ type, text = '', thinking = '' }: WirePart): void {
    if (type !== 'thinking') return this.#text(text);
    const thought = typeof thinking === 'string' ? thinking : thinking.map((part) => part.text ?? '').join('');
    if (thought !== '') this.#onDelta('reasoning-delta', thought);
  }

  #text(text: string): void {
    if (text !== '') this.#onDelta('text-delta', text);
  }

  #readCall({ index = null, id, function: called }: WireCall): void {
    const name = called?.name || '';
    const argumentsText = textOfArguments(called?.arguments);
    this.#callChars += argumentsText.length;
    if (this.#callChars > MAX_CALL_CHARS || this.#calls.length > MAX_CALLS)
      throw new MalformedStreamError('The calls of the answer do not end.');
    const open = this.#findCall(index, id || '', name);
    if (open) open.argumentsText += argumentsText;
    else this.#calls.push({ index, id: id || '', name, argumentsText });
  }

  /**
   * The call that a delta goes on with; undefined for a new one. Most services number their calls; some do not, or give all the same number,
   * and then a name beside another id, or beside no id, begins a new call.
   */
  #findCall(index: number | null, id: string, name: string): OpenCall | undefined {
    const open = index === null ? this.#calls.at(-1) : this.#calls.findLast((call) => call.index === index);
    if (!open) return undefined;
    const hasOtherId = id !== '' && open.id !== '' && open.id !== id;
    const isUnnamedNumber = index === null && id === '';
    return name !== '' && (hasOtherId || isUnnamedNumber) ? undefined : open;
  }
}

/** What services say for reasons of their own; whatever else they say is taken for a proper end. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  content_filter: 'content-filter',
};

const FAILURES: ReadonlySet<string> = new Set(['error', 'abort', 'insufficient_system_resource']);

const textOfArguments = (args: unknown): string =>
  typeof args === 'string' ? args : args === null || args === undefined ? '' : JSON.stringify(args);

/** Nine letters and digits, which every service takes back. */
const makeCallId = (): string => randomUUID().replaceAll('-', '').slice(0, 9);

/** Null where the numbers are missing. */
function toUsage(wire: WireUsage): Usage | null {
  const { prompt_tokens: inputTokens, completion_tokens: completionTokens } = wire;
  if (typeof inputTokens !== 'number' || typeof completionTokens !== 'number') return null;
  const reasoningTokens = wire.completion_tokens_details?.reasoning_tokens ?? 0;
  // Some services count reasoning beside the completion: only their total tells.
  const isBeside = reasoningTokens > 0 && wire.total_tokens === inputTokens + completionTokens + reasoningTokens;
  return {
    inputTokens,
    outputTokens: isBeside ? completionTokens + reasoningTokens : completionTokens,
    cachedTokens: wire.prompt_tokens_details?.cached_tokens ?? wire.prompt_cache_hit_tokens ?? 0,
    reasoningTokens,
    cost: null,
    isEstimated: false,
  };
}
