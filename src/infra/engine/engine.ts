import { Worker } from 'node:worker_threads';
import type { WorkerMessage } from './engine-worker.js';
import type { Engine, EngineOptions } from './open-engine.js';
import { StoreError } from './store/store-errors.js';

export type { Engine, EngineOptions } from './open-engine.js';

/**
 * MiB of fresh objects, a third of what V8 takes where it is not told. Commands leave nothing behind, so that collecting them more often costs next to nothing,
 * while what V8 has once taken for them it gives back after a minute of rest at the soonest.
 */
const YOUNG_MIB = 16;

export type EngineThread = Engine & {
  /** Resolves with the reason if the thread ends without having been asked to: nobody answers any more. */
  readonly lost: Promise<Error>;
};

/**
 * Starts an engine in a thread of its own, so that no query of its keeps this one waiting.
 *
 * @throws {StoreError} if another engine has the folder, its data is damaged, or a newer version wrote it.
 */
export async function startEngine(options: EngineOptions): Promise<EngineThread> {
  const worker = new Worker(new URL('./engine-worker.js', import.meta.url), {
    workerData: options,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  const started = await firstMessage(worker);
  if (started.kind === 'failed') {
    await worker.terminate();
    throw started.problem === undefined ? new Error(started.message) : new StoreError(started.problem, started.message);
  }
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let isStopping = false;
  const lost = new Promise<Error>((resolve) => {
    worker.on('error', resolve);
    void exited.then(() => isStopping || resolve(new Error('The thread of the engine has ended.')));
  });
  return {
    uri: started.uri,
    socketPath: started.socketPath,
    lost,
    async stop() {
      isStopping = true;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      worker.postMessage('stop');
      await exited;
    },
  };
}

async function firstMessage(worker: Worker): Promise<WorkerMessage> {
  return new Promise((resolve, reject) => {
    // Under `--watch`, Node 24 has a thread report on the same way what it imports.
    worker.on('message', (message: WorkerMessage | { kind?: undefined }) => message.kind && resolve(message));
    worker.once('error', reject);
  });
}
