import type { IncomingMessage } from 'node:http';
import type { ModelPart } from '../../domain/models/language-model.js';
import type { Model } from '../../domain/models/model.js';
import { AnswerStream } from './answer-stream.js';
import type { Failures } from './failures.js';
import { IncomingAnswer } from './node-fetch.js';
import { readWhole } from './whole-answer.js';

/** Bytes of an answer in one piece that are read; more than that is no answer to a chat. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Sends a request by the openai client; the signal kills it. */
export type Send = (signal: AbortSignal) => Promise<Response>;

/** Parts of an answer, as many at a time as have come. */
export type PartSource = {
  /** At least one; null after the last. @throws {AppError} UPSTREAM_…, or the signal's reason. */
  take(): Promise<readonly ModelPart[] | null>;
};

type TimeLimits = Pick<Model, 'firstByteTimeoutMs' | 'idleTimeoutMs'>;

/** One request to a model service and its answer, within its time limits. It is for one use, and must be closed. */
export class Exchange {
  readonly #limits: TimeLimits;
  readonly #failures: Failures;
  readonly #signal: AbortSignal;
  readonly #connection = new AbortController();
  readonly #onAbort = (): void => this.#stop(this.#signal.reason);
  #timer: NodeJS.Timeout;
  #hasBegun = false;
  #lastBytesAt = 0;
  #isClosed = false;
  /** Why it was stopped from our side. */
  #stopped: unknown = null;
  #answer: AnswerStream | null = null;

  constructor(limits: TimeLimits, failures: Failures, signal: AbortSignal) {
    this.#limits = limits;
    this.#failures = failures;
    this.#signal = signal;
    this.#timer = setTimeout(() => this.#onSilence(), limits.firstByteTimeoutMs);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Sends, and waits for the answer to begin. @throws {AppError} UPSTREAM_…, or the signal's reason. */
  async stream(send: Send): Promise<PartSource> {
    const incoming = await this.#open(send);
    const type = incoming.headers['content-type'] ?? '';
    if (/\bjson\b/i.test(type)) return onePiece(readWhole(await this.#readBody(incoming), this.#failures));
    if (/\bhtml\b/i.test(type)) throw this.#failures.ofNonsense(await this.#readBody(incoming));
    this.#answer = new AnswerStream(incoming, this.#failures, () => this.#onBytes());
    return this.#answer;
  }

  /** The body of an answer that is not streamed. Throws as {@link stream} does. */
  async text(send: Send): Promise<string> {
    return this.#readBody(await this.#open(send));
  }

  /** Lets go of the connection: it is cut, unless the answer has come to its end. Again, it does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#stopped === null && this.#answer?.isOver) this.#answer.linger();
    else this.#connection.abort();
  }

  async #open(send: Send): Promise<IncomingMessage> {
    const incoming = await this.#unlessStopped(() => send(this.#connection.signal));
    if (!(incoming instanceof IncomingAnswer)) throw new TypeError('The client does not use nodeFetch.');
    const { statusCode = 0, headers } = incoming.incoming;
    const coding = headers['content-encoding']?.toLowerCase() ?? 'identity';
    if (coding !== 'identity')
      throw this.#failures.ofNonsense(`The answer is compressed (${coding}), which nobody asked for.`);
    if (statusCode >= 200 && statusCode < 300) return incoming.incoming;
    throw this.#failures.ofStatus(statusCode, headers, await this.#readBody(incoming.incoming));
  }

  async #readBody(incoming: IncomingMessage): Promise<string> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    await this.#unlessStopped(async () => {
      for await (const piece of incoming as AsyncIterable<Buffer>) {
        this.#onBytes();
        pieces.push(piece);
        bytes += piece.length;
        if (bytes > MAX_BODY_BYTES) break;
      }
    });
    return Buffer.concat(pieces).toString('utf8');
  }

  /** What broke because we stopped it is thrown as why we did. */
  async #unlessStopped<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw this.#stopped ?? this.#failures.ofConnection(error);
    }
  }

  #onBytes(): void {
    this.#lastBytesAt = performance.now();
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onSilence(), this.#limits.idleTimeoutMs);
  }

  /** The timer ends where the silence could have, had nothing come since it was set: to set it at every read would cost more than to look again here. */
  #onSilence(): void {
    // Who does not read cannot hear anything.
    if (this.#answer?.isPaused) this.#lastBytesAt = performance.now();
    const { firstByteTimeoutMs, idleTimeoutMs } = this.#limits;
    const silentMs = performance.now() - this.#lastBytesAt;
    if (this.#hasBegun && silentMs < idleTimeoutMs) {
      this.#timer = setTimeout(() => this.#onSilence(), idleTimeoutMs - silentMs);
      return;
    }
    const failure = this.#failures.silence(this.#hasBegun ? idleTimeoutMs : firstByteTimeoutMs, this.#hasBegun);
    this.#answer?.end(() => failure);
    this.#stop(failure);
  }

  #stop(why: unknown): void {
    this.#stopped ??= why;
    this.#answer?.fail(why);
    this.#connection.abort();
  }
}

function onePiece(parts: readonly ModelPart[]): PartSource {
  const all = [parts];
  return { take: () => Promise.resolve(all.pop() ?? null) };
}
