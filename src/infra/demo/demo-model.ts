import { randomUUID } from 'node:crypto';
import { AppError, type ErrorCode, type ErrorDetails } from '../../base/errors.js';
import { pause } from '../../base/retry.js';
import type { LanguageModel, ModelPart, ModelRequest } from '../../domain/models/language-model.js';
import type { Usage } from '../../domain/usage/usage.js';
import type { DemoFailure } from './demo-commands.js';
import { answerTo, type DemoAnswer } from './demo-script.js';

/** The name under which the model registry knows it. */
export const DEMO_MODEL_NAME = 'demo';

/**
 * A model that needs no service: it says that it is scripted, answers in Korean or English, calls tools, and can be told to be slow or to fail,
 * so that every screen can be built without a key. `demo-commands.ts` is its manual.
 */
export const demoModel: LanguageModel = {
  async *stream(request: ModelRequest): AsyncGenerator<ModelPart, void> {
    const { signal } = request;
    signal.throwIfAborted();
    const answer = answerTo(request);
    if (answer.failure && answer.failure !== 'cut') throw await failureAfter(answer.failure, answer.paceMs, signal);
    const reasoning = piecesOf(answer.reasoning);
    const all = piecesOf(answer.text);
    const text = answer.failure === 'cut' ? all.slice(0, Math.ceil(all.length / 2)) : all;
    for (const piece of reasoning) {
      yield { type: 'reasoning-delta', text: piece };
      await waitFor(answer, signal);
    }
    for (const piece of text) {
      yield { type: 'text-delta', text: piece };
      await waitFor(answer, signal);
    }
    if (answer.failure) throw failureOf('cut');
    for (const call of answer.calls) yield { type: 'tool-call', call: { id: `call_${randomUUID()}`, ...call } };
    const reason = answer.calls.length > 0 ? 'tool-calls' : 'stop';
    yield {
      type: 'finish',
      reason,
      usage: usageOf(request, answer, { reasoning: reasoning.length, text: text.length }),
    };
  },
};

/** A few characters each, with the blank before them, as models write. */
const piecesOf = (text: string): readonly string[] => text.match(/\s*\S{1,6}|\s+$/gu) ?? [];

async function waitFor({ paceMs }: DemoAnswer, signal: AbortSignal): Promise<void> {
  if (paceMs > 0) await pause(paceMs, signal);
  else signal.throwIfAborted();
}

/** It takes each delta and each call for a token, and four characters of what it is told. */
function usageOf(request: ModelRequest, { calls }: DemoAnswer, pieces: { reasoning: number; text: number }): Usage {
  const told = request.messages.reduce((sum, { text }) => sum + text.length, 0);
  return {
    inputTokens: Math.ceil(told / 4),
    outputTokens: pieces.reasoning + pieces.text + calls.length,
    cachedTokens: 0,
    reasoningTokens: pieces.reasoning,
    cost: null,
    isEstimated: false,
  };
}

async function failureAfter(failure: DemoFailure, paceMs: number, signal: AbortSignal): Promise<AppError> {
  if (failure === 'timeout') await pause(10 * paceMs, signal);
  return failureOf(failure);
}

function failureOf(failure: DemoFailure): AppError {
  const [code, playing, details] = FAILURES[failure];
  const providerMessage = `Told to: /fail ${failure}`;
  return new AppError(code, `The demo model plays ${playing}.`, { ...details, providerMessage });
}

const FAILURES: Readonly<Record<DemoFailure, readonly [ErrorCode, playing: string, ErrorDetails]>> = {
  'rate-limit': ['UPSTREAM_RATE_LIMITED', 'a service that is too busy', { isRetryable: true, retryAfterMs: 2_000 }],
  timeout: ['UPSTREAM_TIMEOUT', 'a service that does not answer', { isRetryable: true }],
  refused: ['UPSTREAM_REFUSED', 'a service that refuses', { isRetryable: false }],
  failed: ['UPSTREAM_FAILED', 'a service that is broken', { isRetryable: true }],
  cut: ['UPSTREAM_FAILED', 'a connection that is cut', { isRetryable: true }],
};
