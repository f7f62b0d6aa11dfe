import { Worker } from 'node:worker_threads';
import type { Command } from '../wire/op-msg.js';
import type { Reply } from '../wire/reply.js';
import { type Answer, type Question, questionOf, replyOf, type SlowReadData } from './messages.js';

type Waiting = { resolve: (reply: Reply) => void; reject: (reason: unknown) => void };

/**
 * A second thread, for reads that would keep the engine's other clients waiting: it reads the same file, and answers one command after
 * another. It is started by the first of them.
 */
export class SlowReads {
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, Waiting>();

  constructor(private readonly data: SlowReadData) {}

  async run(command: Command, connectionId: number): Promise<Reply> {
    const id = this.#nextId++;
    const question = questionOf(id, command, connectionId);
    return await new Promise<Reply>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#tell((this.#worker ??= this.#start()), question);
    });
  }

  /** Closes the cursors of a collection that is no more. */
  forget(namespace: string): void {
    if (this.#worker !== undefined) this.#tell(this.#worker, { kind: 'forget', namespace });
  }

  /** Closes the cursors that were left alone. */
  reap(): void {
    if (this.#worker !== undefined) this.#tell(this.#worker, { kind: 'reap' });
  }

  /** Ends the thread, whatever it is at. */
  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #tell(worker: Worker, question: Question): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    worker.postMessage(question);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./slow-read-worker.js', import.meta.url), { workerData: this.data });
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (error) => this.#failAll(worker, error));
    worker.on('exit', () => this.#failAll(worker, new Error('the thread for slow reads has ended')));
    worker.unref();
    return worker;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    try {
      waiting?.resolve(replyOf(answer));
    } catch (error) {
      waiting?.reject(error);
    }
  }

  #failAll(ended: Worker, error: Error): void {
    // A thread that fails is told of twice; by the second time another one may have been started.
    if (this.#worker !== ended) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
