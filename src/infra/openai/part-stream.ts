import type { ModelPart } from '../../domain/models/language-model.js';
import type { Exchange, PartSource } from './exchange.js';

/**
 * The parts of an answer, one by one. Closes its exchange when the answer has ended or failed, or is left. Not an async generator: each token comes by
 * here, and to wait twice more would cost it more than all that is done with it.
 */
export class PartStream implements AsyncIterator<ModelPart, undefined> {
  readonly #source: PartSource;
  readonly #exchange: Exchange;
  #parts: readonly ModelPart[] = [];
  #at = 0;

  constructor(source: PartSource, exchange: Exchange) {
    this.#source = source;
    this.#exchange = exchange;
  }

  /** @throws what {@link PartSource.take} throws. */
  next(): Promise<IteratorResult<ModelPart, undefined>> {
    const part = this.#parts[this.#at];
    if (!part) return this.#source.take().then(this.#begin, this.#fail);
    this.#at += 1;
    return Promise.resolve({ done: false, value: part });
  }

  return(): Promise<IteratorResult<ModelPart, undefined>> {
    this.#exchange.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  readonly #begin = (parts: readonly ModelPart[] | null): IteratorResult<ModelPart, undefined> => {
    const first = parts?.[0];
    if (!parts || !first) {
      this.#exchange.close();
      return { done: true, value: undefined };
    }
    this.#parts = parts;
    this.#at = 1;
    return { done: false, value: first };
  };

  readonly #fail = (error: unknown): never => {
    this.#exchange.close();
    throw error;
  };
}
