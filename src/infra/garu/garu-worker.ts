import { parentPort } from 'node:worker_threads';
import type { Morpheme } from '../../domain/archive/analysis/morpheme-analyzer.js';
import { loadTagger } from './tagger.js';

export type WorkerTask = { readonly id: number; readonly line: string };
export type WorkerAnswer = { readonly id: number; readonly morphemes: Morpheme[][] };

const tagger = loadTagger();

parentPort?.on('message', async ({ id, line }: WorkerTask) => {
  const morphemes = (await tagger)(line);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage({ id, morphemes } satisfies WorkerAnswer);
});
