import type { IncomingMessage } from 'node:http';
import { AppError } from '../../base/errors.js';
import type { ModelPart } from '../../domain/models/language-model.js';
import { AnswerReader } from './answer-reader.js';
import type { Failures } from './failures.js';
import { SseReader } from './sse-reader.js';
import type { Delta, Told } from './think-reader.js';
import { readWhole } from './whole-answer.js';
import { isReport, parseChunk } from './wire-chunk.js';

/** Milliseconds that a service gets to end its answer properly, so that the connection can be used again. */
const LINGER_MS = 1_000;

/** Milliseconds of silence that a service gets, once it has said why the model stopped, to say what it took: the user has the answer by then. */
const LAST_WORDS_MS = 5_000;

/** Characters that may wait for the consumer before the service is made to wait. */
const MAX_PENDING_CHARS = 1_048_576;

/** What follows it comes before anything else that the event loop brings; `queueMicrotask` would cost each token more. */
const AFTER_THE_READ = Promise.resolve();

type Parts = readonly ModelPart[];

type Taker = { readonly resolve: (parts: Parts | null) => void; readonly reject: (failure: unknown) => void };

/**
 * A streamed answer: what one read of the connection brought is parsed at once and kept until the consumer takes it, neighbouring deltas of a kind as one.
 * So each read costs one delivery, and a consumer who is late gets fewer and larger parts.
 */
export class AnswerStream {
  readonly #incoming: IncomingMessage;
  readonly #failures: Failures;
  readonly #onBytes: () => void;
  readonly #answer = new AnswerReader((told) => this.#add(told));
  readonly #events = new SseReader((data) => this.#read(data));
  #pending: ModelPart[] = [];
  #lastDelta: Delta | null = null;
  #pendingChars = 0;
  #failure: unknown = null;
  #isOver = false;
  #taker: Taker | null = null;
  #isDelivering = false;
  #lastWords: NodeJS.Timeout | undefined;

  /** @param onBytes Called at each read, and when reading goes on after a pause. */
  constructor(incoming: IncomingMessage, failures: Failures, onBytes: () => void) {
    this.#incoming = incoming;
    this.#onBytes = onBytes;
    this.#failures = failures;
    incoming.on('data', (bytes: Buffer) => {
      onBytes();
      this.#guard(() => this.#events.push(bytes));
      this.#deliver();
    });
    incoming.on('end', () => {
      this.#guard(() => this.#readPlain(this.#events.end()));
      this.end(() => failures.unfinished());
    });
    incoming.on('error', (error) => this.end(() => failures.ofConnection(error)));
    incoming.on('close', () => this.end(() => failures.unfinished()));
  }

  /** Whether the service has nothing more to say, even if the connection is still open. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the consumer is behind, so that it is not the service's fault if nothing comes. */
  get isPaused(): boolean {
    return this.#incoming.isPaused();
  }

  /** All parts that have come since the last time, at least one; null after the last. @throws what the stream failed with, once its parts are taken. */
  take(): Promise<Parts | null> {
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject };
      this.#deliverNow();
    });
  }

  /** Ends the stream with this failure, unless it is over. What has come can still be taken. */
  fail(failure: unknown): void {
    if (this.#isOver) return;
    this.#answer.giveUp();
    this.#failure = failure;
    this.#close();
  }

  /**
   * Ends the stream, unless it is over: nothing more will come. The model's own word that it finished is what makes an answer complete,
   * however the connection ended; without it, the stream failed.
   */
  end(failure: () => AppError): void {
    if (this.#isOver) return;
    const last = this.#answer.end();
    if (last === null) return this.fail(failure());
    this.#pending.push(...last);
    this.#close();
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#lastWords);
    this.#deliver();
  }

  /** The answer is over: lets the connection end its part too, or cuts it. */
  linger(): void {
    const incoming = this.#incoming;
    if (incoming.complete || incoming.destroyed) return;
    const timer = setTimeout(() => incoming.destroy(), LINGER_MS).unref();
    incoming.once('close', () => clearTimeout(timer));
  }

  /** Counted anew at each event, though not at a sign of life. */
  #awaitLastWords(): void {
    clearTimeout(this.#lastWords);
    this.#lastWords = setTimeout(() => this.end(() => this.#failures.unfinished()), LAST_WORDS_MS).unref();
  }

  /** Gives the consumer, if it waits, what there is when the read has been parsed to its end: its pieces come one by one, but without a pause. */
  #deliver(): void {
    if (this.#taker === null || this.#isDelivering) return;
    this.#isDelivering = true;
    void AFTER_THE_READ.then(this.#deliverNow);
  }

  readonly #deliverNow = (): void => {
    this.#isDelivering = false;
    const taker = this.#taker;
    if (taker === null) return;
    if (this.#pending.length > 0) taker.resolve(this.#emptied());
    else if (this.#failure !== null) taker.reject(this.#failure);
    else if (this.#isOver) taker.resolve(null);
    else return;
    this.#taker = null;
  };

  #emptied(): Parts {
    const parts = this.#pending;
    this.#pending = [];
    this.#lastDelta = null;
    this.#pendingChars = 0;
    if (this.#incoming.isPaused()) {
      this.#incoming.resume();
      this.#onBytes();
    }
    return parts;
  }

  #add(told: Told): void {
    if (told.type === 'text-was-thought') {
      this.#lastDelta = null;
      this.#pending.push(told);
      return;
    }
    this.#pendingChars += told.text.length;
    if (this.#lastDelta?.type === told.type) this.#lastDelta.text += told.text;
    else this.#pending.push((this.#lastDelta = told));
    if (this.#pendingChars > MAX_PENDING_CHARS) this.#incoming.pause();
  }

  #read(data: string): void {
    if (this.#isOver || data === '') return;
    if (data.trimEnd() === '[DONE]') return this.end(() => this.#failures.unfinished());
    const chunk = parseChunk(data);
    if (isReport(chunk)) return this.end(() => this.#failures.ofReport(chunk));
    this.#answer.read(chunk);
    if (this.#answer.isFinished) this.#awaitLastWords();
  }

  /** Some services answer in one piece, or tell of an error so, and call it a stream. */
  #readPlain(body: string): void {
    if (this.#isOver || body === '') return;
    this.#pending.push(...readWhole(body, this.#failures));
    this.#close();
  }

  #guard(parse: () => void): void {
    try {
      parse();
    } catch (error) {
      this.end(() => (error instanceof AppError ? error : this.#failures.ofNonsense(error)));
    }
  }
}
