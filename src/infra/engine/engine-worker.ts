import { parentPort, workerData } from 'node:worker_threads';
import { type EngineOptions, openEngine } from './open-engine.js';
import { StoreError, type StoreProblem } from './store/store-errors.js';

/** What the thread tells once: that it listens, or why it does not. */
export type WorkerMessage =
  | { kind: 'started'; uri: string; socketPath: string | undefined }
  | { kind: 'failed'; problem: StoreProblem | undefined; message: string };

const port = parentPort;
if (port === null) throw new Error('engine-worker runs in a worker thread; use startEngine');

const tell = (message: WorkerMessage): void => port.postMessage(message);

try {
  const engine = await openEngine(workerData as EngineOptions);
  port.once('message', () => void engine.stop().then(() => port.close()));
  tell({ kind: 'started', uri: engine.uri, socketPath: engine.socketPath });
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  tell({ kind: 'failed', problem: error instanceof StoreError ? error.problem : undefined, message });
}
