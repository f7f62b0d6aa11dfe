import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { CountTokens } from '../../domain/models/count-tokens.js';
import type { CountAnswer, CountRequest } from './tokenizer-worker.js';

/** Milliseconds without a question after which the thread is ended: its tables take some 60 MB. */
const REST_AFTER_MS = 600_000;

/** Texts whose counts are remembered: the messages of a conversation are counted again at every turn. */
const REMEMBERED_TEXTS = 20_000;

/** Characters; longer texts are remembered by their hash. */
const LONGEST_KEY = 40;

type Waiting = { resolve(counts: readonly number[]): void; reject(error: unknown): void };

/**
 * Counts tokens as o200k_base has them, in a thread of its own that is started when it is needed and ended when it is not, so that neither its tables nor a
 * long text keeps this thread waiting.
 */
export class WorkerTokenizer {
  readonly #known = new Map<string, number>();
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #resting: NodeJS.Timeout | undefined;
  #lastId = 0;

  /** Rejects if the thread fails; the next question starts another. */
  readonly count: CountTokens = async (texts) => {
    const keys = texts.map(keyOf);
    const counts = keys.map((key) => this.#known.get(key));
    const unknown = texts.filter((_, place) => counts[place] === undefined);
    const found = unknown.length === 0 ? [] : [...(await this.#ask(unknown))];
    return counts.map((count, place) => count ?? this.#remember(keys[place] ?? '', found.shift() ?? 0));
  };

  async close(): Promise<void> {
    clearTimeout(this.#resting);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #ask(texts: readonly string[]): Promise<readonly number[]> {
    const worker = (this.#worker ??= this.#start());
    clearTimeout(this.#resting);
    const request: CountRequest = { id: ++this.#lastId, texts };
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      worker.postMessage(request);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./tokenizer-worker.js', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    worker.on('message', ({ id, counts }: CountAnswer) => {
      this.#waiting.get(id)?.resolve(counts);
      this.#waiting.delete(id);
      if (this.#waiting.size > 0) return;
      worker.unref();
      this.#resting = setTimeout(() => void this.close(), REST_AFTER_MS).unref();
    });
    let failure: unknown = new Error('The tokenizer was closed.');
    worker.on('error', (error) => (failure = error));
    worker.on('exit', () => this.#lost(worker, failure));
    return worker;
  }

  #lost(worker: Worker, failure: unknown): void {
    // One that was closed may end after its successor was started.
    if (this.#worker !== undefined && this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }

  /** The oldest makes room. */
  #remember(key: string, count: number): number {
    if (this.#known.size >= REMEMBERED_TEXTS) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(key, count);
    return count;
  }
}

function keyOf(text: string): string {
  return text.length <= LONGEST_KEY ? text : createHash('sha1').update(text).digest('base64');
}
