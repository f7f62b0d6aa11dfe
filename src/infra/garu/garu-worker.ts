import { parentPort } from 'node:worker_threads';
import type { Morpheme } from '../../domain/archive/analysis/morpheme-analyzer.js';
import { loadTagger } from './tagger.js';

export type WorkerTask = { readonly id: number; readonly line: string };
export type WorkerAnswer = { readonly id: number; readonly morphemes: Morpheme[][] };

const tagger = await loadTagger();

parentPort?.on('message', ({ id, line }: WorkerTask) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage({ id, morphemes: tagger(line) } satisfies WorkerAnswer);
});
