import { Worker } from 'node:worker_threads';
import type { Morpheme, MorphemeAnalyzer } from '../../domain/archive/analysis/morpheme-analyzer.js';
import { loadTagger, type Tagger } from './tagger.js';
import type { WorkerAnswer, WorkerTask } from './garu-worker.js';

/** About 2 KB of Korean text: some 5 ms of work. What is longer goes to a thread. */
const MAX_CHARS_HERE = 700;

/** garu-ko in this thread for short lines, and in one of its own for long ones; the thread starts when it is first needed. */
export class GaruAnalyzer implements MorphemeAnalyzer {
  readonly version = 'garu-ko/0.3.7';
  readonly #waiting = new Map<number, { resolve: (morphemes: Morpheme[][]) => void; reject: (error: Error) => void }>();
  #tagger: Promise<Tagger> | null = null;
  #worker: Worker | null = null;
  #lastTask = 0;

  constructor(private readonly loadHere: () => Promise<Tagger> = loadTagger) {}

  async morphemesOf(line: string): Promise<readonly (readonly Morpheme[])[]> {
    if (line.length > MAX_CHARS_HERE) return this.#inThread(line);
    const tag = await this.#loaded();
    return tag(line);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
    this.#fail(new Error('The morpheme analyzer was closed.'));
  }

  /** A load that fails is forgotten: the next short line tries again. */
  #loaded(): Promise<Tagger> {
    this.#tagger ??= this.loadHere().catch((error: unknown) => {
      this.#tagger = null;
      throw error;
    });
    return this.#tagger;
  }

  #inThread(line: string): Promise<Morpheme[][]> {
    const worker = (this.#worker ??= this.#startWorker());
    const id = ++this.#lastTask;
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      worker.postMessage({ id, line } satisfies WorkerTask);
    });
  }

  /** Whoever waits for a thread that dies is told; the next long line starts another. */
  #startWorker(): Worker {
    const worker = new Worker(new URL('./garu-worker.js', import.meta.url));
    worker.on('message', ({ id, morphemes }: WorkerAnswer) => {
      this.#waiting.get(id)?.resolve(morphemes);
      this.#waiting.delete(id);
      // An idle thread keeps no process alive.
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#worker = null;
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
    return worker;
  }

  #fail(error: Error): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}
