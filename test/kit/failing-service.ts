import { afterEach, beforeEach, vi } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import type { ModelRequest } from '../../src/domain/models/language-model.js';
import type { Model } from '../../src/domain/models/model.js';
import { collect, openAiModelAt, requestOf } from './answers.js';
import { fail, startFakeLlm, type FakeLlm } from './fake-llm.js';

/** A service of each test's own, and its model as the house asks it. */
export type FailingService = {
  readonly llm: FakeLlm;
  /** Asks once. Returns the text that came and how it ended. */
  ask(more?: Partial<Model>): Promise<{ text: string; error: AppError | null }>;
  /** What comes of a request that the service answers with this status and these words; it is not made again. */
  refusalOf(status: number, message: string, more?: Partial<ModelRequest>): Promise<AppError>;
};

/** Requests are made again without jitter: what is waited for is then what the service asked for. */
export function failingService(): FailingService {
  let llm: FakeLlm;
  beforeEach(async () => {
    llm = await startFakeLlm();
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await llm.close();
  });
  return {
    get llm() {
      return llm;
    },
    async ask(more = {}) {
      let text = '';
      const answer = collect(openAiModelAt(llm.baseUrl, more).stream(requestOf('Hello')), (part) => {
        if (part.type === 'text-delta') text += part.text;
      });
      const error = await answer.then(() => null, namedFailure);
      return { text, error };
    },
    async refusalOf(status, message, more = {}) {
      llm.script([fail(status, { body: { error: { message } } })]);
      const request = requestOf('Hello', { requests: { left: 1 }, ...more });
      return collect(openAiModelAt(llm.baseUrl).stream(request)).then(() => {
        throw new Error('The service was to refuse, and did not.');
      }, namedFailure);
    },
  };
}

function namedFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}
