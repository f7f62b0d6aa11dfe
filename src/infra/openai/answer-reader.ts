import { randomUUID } from 'node:crypto';
import type { FinishReason, ModelPart, ToolCall } from '../../domain/models/language-model.js';
import type { Usage } from '../../domain/usage/usage.js';
import { MalformedStreamError } from './sse-reader.js';
import { ThinkReader, type Delta, type Told } from './think-reader.js';
import type { WireCall, WireChoice, WireChunk, WireDelta, WirePart } from './wire-chunk.js';
import { toUsage, type WireUsage } from './wire-usage.js';

/** What the calls of one answer may come to; more than that is a stream without end. */
const MAX_CALLS = 1_000;
const MAX_CALL_CHARS = 1_000_000;

type OpenCall = { readonly index: number | null; readonly id: string; name: string; argumentsText: string };

/** What a part of an answer can be. */
type Kind = Delta['type'] | 'tool-call';

/** Puts an answer together from its chunks. What is said and thought is handed on as it comes, all else when the answer has ended. */
export class AnswerReader {
  readonly #onTold: (told: Told) => void;
  readonly #thoughts = new ThinkReader();
  readonly #calls: OpenCall[] = [];
  #callChars = 0;
  /** The first half of a character whose other half is in the next delta: some services cut in the middle of one. */
  #half: Readonly<Delta> | null = null;
  #index: number | undefined;
  #finish: string | null = null;
  /** What has come in deltas, and what has come in messages. */
  readonly #streamed = new Set<Kind>();
  readonly #unstreamed = new Set<Kind>();
  #usage: Usage | null = null;

  constructor(onTold: (told: Told) => void) {
    this.#onTold = onTold;
  }

  /** Whether the model has said why it stopped; only usage may still follow. */
  get isFinished(): boolean {
    return this.#finish !== null;
  }

  /** @throws {MalformedStreamError} if its calls do not end; TypeError if its shape makes no sense. */
  read(chunk: WireChunk): void {
    const choice = this.#choiceOf(chunk.choices ?? []);
    if (choice?.delta) this.#readDelta(choice.delta, this.#streamed);
    if (choice?.message) this.#readDelta(this.#restOf(choice.message), this.#unstreamed);
    if (choice?.finish_reason) this.#finish = choice.finish_reason;
    this.#readUsage(choice?.usage);
    this.#readUsage(chunk.x_groq?.usage);
    this.#readUsage(chunk.usage);
  }

  /** Some services end their deltas with the whole message: what they have brought stands in it once more. */
  #restOf({ content, refusal, reasoning, reasoning_content, tool_calls, function_call }: WireDelta): WireDelta {
    return {
      ...(!this.#streamed.has('text-delta') && { content, refusal }),
      ...(!this.#streamed.has('reasoning-delta') && { reasoning, reasoning_content }),
      ...(!this.#streamed.has('tool-call') && { tool_calls, function_call }),
    };
  }

  /** Some services count more and more, and some nothing in the end. */
  #readUsage(wire: WireUsage | null | undefined): void {
    const usage = wire ? toUsage(wire) : null;
    if (usage && (usage.outputTokens > 0 || !this.#usage)) this.#usage = usage;
  }

  /** Of several answers to one question, only the one that is begun first. */
  #choiceOf(choices: readonly WireChoice[]): WireChoice | undefined {
    const first = choices[0];
    if (first === undefined) return undefined;
    this.#index ??= first.index ?? 0;
    if ((first.index ?? 0) === this.#index) return first;
    return choices.find(({ index }) => (index ?? 0) === this.#index);
  }

  /** Complete tool calls, then the finish. Null if the model has not said that it finished, or said that it failed. */
  end(): ModelPart[] | null {
    this.giveUp();
    if (this.#finish === null || FAILURES.has(this.#finish)) return null;
    const calls = this.#calls.map(({ id, name, argumentsText }): ModelPart => {
      return {
        type: 'tool-call',
        call: { id: id || makeCallId(), name, argumentsText: argumentsText.toWellFormed() } satisfies ToolCall,
      };
    });
    return [...calls, { type: 'finish', reason: this.#reason(this.#finish), usage: this.#credibleUsage() }];
  }

  /** Who said something took something. */
  #credibleUsage(): Usage | null {
    const hasTold = this.#streamed.size + this.#unstreamed.size > 0;
    return hasTold && this.#usage?.outputTokens === 0 ? null : this.#usage;
  }

  /** Hands on what was held back, since it could be the beginning of something: nothing more will come. */
  giveUp(): void {
    this.#giveUpHalf();
    this.#thoughts.end().forEach(this.#onTold);
  }

  #reason(finish: string): FinishReason {
    const reason = REASONS.get(finish) ?? 'stop';
    return reason === 'stop' && this.#calls.length > 0 ? 'tool-calls' : reason;
  }

  /** @param told Where it is noted what came of it. */
  #readDelta(delta: WireDelta, told: Set<Kind>): void {
    // Some services send the same reasoning under both names.
    const reasoning = delta.reasoning_content || delta.reasoning;
    if (typeof reasoning === 'string') this.#tell('reasoning-delta', reasoning, told);
    if (typeof delta.content === 'string') this.#tell('text-delta', delta.content, told);
    else if (delta.content)
      delta.content.forEach((part) => this.#readPart(typeof part === 'string' ? { text: part } : part, told));
    this.#tell('text-delta', textOf(delta.refusal), told);
    delta.tool_calls?.forEach((call) => this.#readCall(call, told));
    if (delta.function_call) this.#readCall({ index: 0, function: delta.function_call }, told);
  }

  #readPart({ type, text, thinking = '' }: WirePart, told: Set<Kind>): void {
    if (type !== 'thinking') return this.#tell('text-delta', textOf(text), told);
    const thought = typeof thinking === 'string' ? thinking : thinking.map((part) => textOf(part.text)).join('');
    this.#tell('reasoning-delta', thought, told);
  }

  #tell(type: Delta['type'], text: string, told: Set<Kind>): void {
    if (text === '') return;
    if (text.trim() !== '') told.add(type);
    const half = this.#half?.type === type ? this.#half.text : this.#giveUpHalf();
    const end = isFirstHalf(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    const whole = half + text.slice(0, end);
    this.#half = end === text.length ? null : { type, text: text.slice(end) };
    if (whole !== '') this.#handOn(type, whole.toWellFormed());
  }

  #handOn(type: Delta['type'], text: string): void {
    if (type === 'text-delta') this.#thoughts.push(text).forEach(this.#onTold);
    else this.#onTold({ type, text });
  }

  /** The other half of the character did not come. */
  #giveUpHalf(): '' {
    if (this.#half) this.#handOn(this.#half.type, this.#half.text.toWellFormed());
    this.#half = null;
    return '';
  }

  #readCall({ index = null, id: wireId, function: called }: WireCall, told: Set<Kind>): void {
    told.add('tool-call');
    const id = textOf(wireId).toWellFormed();
    const name = textOf(called?.name).toWellFormed();
    const argumentsText = textOf(called?.arguments);
    this.#callChars += argumentsText.length;
    if (this.#callChars > MAX_CALL_CHARS || this.#calls.length > MAX_CALLS)
      throw new MalformedStreamError('The calls of the answer do not end.');
    const open = this.#findCall(index, id, name);
    if (!open) return void this.#calls.push({ index, id, name, argumentsText });
    open.name ||= name;
    open.argumentsText += argumentsText;
  }

  /**
   * The call that a delta goes on with; undefined for a new one. Most services number their calls; some do not, or give all the same number.
   * Then a name begins a new call beside another id; beside no id, where there are no numbers or the call of that number is complete.
   */
  #findCall(index: number | null, id: string, name: string): OpenCall | undefined {
    const open = index === null ? this.#lastOf(id) : this.#calls.findLast((call) => call.index === index);
    if (!open || name === '') return open;
    const hasOtherId = id !== '' && open.id !== '' && open.id !== id;
    const isNext = id === '' && open.name !== '' && (index === null || isComplete(open));
    return hasOtherId || isNext ? undefined : open;
  }

  /** The call of that id, else the last one. */
  #lastOf(id: string): OpenCall | undefined {
    return (id === '' ? undefined : this.#calls.findLast((call) => call.id === id)) ?? this.#calls.at(-1);
  }
}

/** What services say for reasons of their own; whatever else they say is taken for a proper end. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['content_filter', 'content-filter'],
  ['sensitive', 'content-filter'],
]);

const FAILURES: ReadonlySet<string> = new Set(['error', 'abort', 'insufficient_system_resource', 'network_error']);

/** Some services write numbers for texts, and objects for arguments. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);

const isFirstHalf = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

function isComplete({ argumentsText }: OpenCall): boolean {
  try {
    return typeof JSON.parse(argumentsText) === 'object';
  } catch {
    return false;
  }
}

/** Nine letters and digits, which every service takes back. */
const makeCallId = (): string => randomUUID().replaceAll('-', '').slice(0, 9);
