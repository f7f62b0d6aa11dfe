import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../base/errors.js';
import type { DocumentBatch, DocumentFault, DocumentReader } from '../../domain/documents/document-reader.js';
import { namelessFile } from '../nameless-file.js';
import type { DocumentAnswer, DocumentTask } from './document-worker.js';
import { privateMemory } from './private-memory.js';

/** What reading one document may use up. */
export type ReadingLimits = {
  /** Milliseconds of work for one batch, and for all of them. Waiting for whoever takes the batches does not count. */
  readonly batchMs: number;
  readonly totalMs: number;
  /** MiB of the thread's own heap. */
  readonly heapMb: number;
  /** Bytes by which the whole process may grow beside that: what a parser unpacks lies outside of any heap. */
  readonly growthBytes: number;
};

const USUAL_LIMITS: ReadingLimits = {
  batchMs: 60_000,
  totalMs: 600_000,
  heapMb: 256,
  growthBytes: 640 * 1024 * 1024,
};

const LOOK_AT_MEMORY_MS = 100;

/** Reads each document in a thread of its own, out of a temporary file; what takes too long or too much ends with the thread. */
export class WorkerDocumentReader implements DocumentReader {
  readonly #limits: ReadingLimits;

  constructor(limits: Partial<ReadingLimits> = {}) {
    this.#limits = { ...USUAL_LIMITS, ...limits };
  }

  async *read(
    content: Readable,
    { mediaType, signal }: { readonly mediaType: string; readonly signal: AbortSignal },
  ): AsyncGenerator<DocumentBatch, void> {
    const file = await spool(content, signal);
    try {
      const { size } = await file.stat();
      if (size === 0) throw refuse('EMPTY', 'The file is empty.');
      yield* readInThread({ fd: file.fd, bytes: size, mediaType }, this.#limits, signal);
    } finally {
      await file.close();
    }
  }
}

async function spool(content: Readable, signal: AbortSignal): Promise<FileHandle> {
  try {
    return await namelessFile((write) => pipeline(content, write, { signal }));
  } catch (error) {
    // Where there is no file, nobody has begun to read it.
    content.destroy();
    signal.throwIfAborted();
    throw error;
  }
}

async function* readInThread(
  task: DocumentTask,
  limits: ReadingLimits,
  signal: AbortSignal,
): AsyncGenerator<DocumentBatch, void> {
  const worker = new Worker(new URL('./document-worker.js', import.meta.url), {
    workerData: task,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMb },
  });
  // A thread may end while nobody waits for it; whoever asks next is told then.
  const ended = new AbortController();
  worker.on('error', (error) => ended.abort(isOutOfMemory(error) ? tooMuch('memory') : error));
  worker.once('exit', () => ended.abort(new Error('The thread that read a document has ended.')));
  const over = AbortSignal.any([signal, ended.signal]);
  const memoryBefore = privateMemory();
  let worked = 0;
  try {
    for (;;) {
      over.throwIfAborted();
      const begun = performance.now();
      const time = Math.min(limits.batchMs, limits.totalMs - worked);
      const answer = await nextOf(worker, over, { time, memory: memoryBefore + limits.growthBytes });
      worked += performance.now() - begun;
      if (answer.type === 'end') return;
      if (answer.type === 'fault') throw refuse(answer.fault, answer.message);
      yield answer;
    }
  } finally {
    await worker.terminate();
  }
}

/** Asks for a batch, and waits for it no longer than it may take, nor than `over` lets it. */
async function nextOf(
  worker: Worker,
  over: AbortSignal,
  most: { readonly time: number; readonly memory: number },
): Promise<DocumentAnswer> {
  const { promise, resolve, reject } = withResolvers<DocumentAnswer>();
  const timer = setTimeout(() => reject(tooMuch('time')), most.time);
  const watch = setInterval(() => privateMemory() > most.memory && reject(tooMuch('memory')), LOOK_AT_MEMORY_MS);
  const abort = () => reject(over.reason);
  worker.once('message', resolve);
  over.addEventListener('abort', abort, { once: true });
  try {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    worker.postMessage('next');
    return await promise;
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    over.removeEventListener('abort', abort);
    worker.off('message', resolve);
  }
}

/** As `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((...settlers) => ([resolve, reject] = settlers));
  return { promise, resolve, reject };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function tooMuch(what: 'time' | 'memory'): AppError {
  return refuse('TOO_COMPLEX', `Reading the document takes too much ${what}.`);
}

function refuse(reason: DocumentFault, message: string): AppError {
  return new AppError('INVALID_INPUT', message, { field: 'uploadId', reason });
}
