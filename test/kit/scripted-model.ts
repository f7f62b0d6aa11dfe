import type { LanguageModel, ModelPart, ModelRequest } from '../../src/domain/models/language-model.js';
import { NO_USAGE, type Usage } from '../../src/domain/usage/usage.js';

/** One answer of a model: parts that it streams, and perhaps a failure at the end. */
export type ScriptedAnswer = readonly (ModelPart | Error)[];

export const usageOf = (inputTokens: number, outputTokens: number): Usage => ({
  ...NO_USAGE,
  inputTokens,
  outputTokens,
});

export const say = (...texts: string[]): ScriptedAnswer => [
  ...texts.map((text): ModelPart => ({ type: 'text-delta', text })),
  { type: 'finish', reason: 'stop', usage: usageOf(10, texts.length) },
];

export const call = (...calls: { id: string; name: string; args: unknown }[]): ScriptedAnswer => [
  ...calls.map(({ id, name, args }): ModelPart => ({
    type: 'tool-call',
    call: { id, name, argumentsText: typeof args === 'string' ? args : JSON.stringify(args) },
  })),
  { type: 'finish', reason: 'tool-calls', usage: usageOf(10, 5) },
];

/** Plays back written answers, one a call, and remembers what it was asked. After the last one it repeats it. */
export class ScriptedModel implements LanguageModel {
  readonly requests: ModelRequest[] = [];

  constructor(private readonly script: readonly ScriptedAnswer[]) {}

  async *stream(request: ModelRequest): AsyncGenerator<ModelPart> {
    this.requests.push({ ...request, messages: [...request.messages] });
    for (const part of this.script[Math.min(this.requests.length, this.script.length) - 1] ?? []) {
      await Promise.resolve();
      request.signal.throwIfAborted();
      if (part instanceof Error) throw part;
      yield part;
    }
  }
}
