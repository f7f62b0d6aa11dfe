import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Desk, Question } from './ipc.js';

type Input<D extends Desk, Name extends keyof D> = Parameters<D[Name]>;
type Output<D extends Desk, Name extends keyof D> = Awaited<ReturnType<D[Name]>>;

/** A process of its own that can be asked things. */
export class Child<D extends Desk> {
  readonly process: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #asked = 0;

  constructor(
    private readonly path: string,
    options: ForkOptions,
  ) {
    this.process = fork(path, { serialization: 'advanced', ...options });
    this.process.on('message', (answer: Answer) => this.#settle(answer));
    this.process.on('exit', (code, signal) => this.#failAll(`${path} ended (${code ?? signal})`));
  }

  ask<Name extends keyof D & string>(name: Name, ...input: Input<D, Name>): Promise<Output<D, Name>> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as Output<D, Name>), reject });
      this.process.send({ id, name, input } satisfies Question, (error) => {
        if (error) this.#settle({ id, error: `${this.path} cannot be asked ${name}: ${error.message}` });
      });
    });
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.value);
  }

  #failAll(why: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }
}
