import type { House } from './api/context.js';
import type { Config } from './config.js';
import type { ArchiveEmbedder } from './domain/archive/vectors/archive-embedder.js';
import { finishDeletions } from './domain/conversations/delete-conversation.js';
import { startChores } from './domain/jobs/chores.js';
import { forgetJobs } from './domain/jobs/forget-jobs.js';
import { reconcilePresets } from './domain/models/reconcile-presets.js';
import { sweepUploads } from './domain/uploads/uploads.js';

type Working = Pick<House, 'needs' | 'driver' | 'jobRunner'> & { readonly embedder: ArchiveEmbedder };

/** What goes on by itself while a server runs, whoever asks for it. */
export type Background = {
  /** Brings the registry in step with the configuration and ends lost runs; from then on leases are kept, and jobs, vectors and chores are done. */
  start(): Promise<void>;
  /** Runs must have been drained. */
  stop(): Promise<void>;
};

export function backgroundOf(
  { presets, mongoUrl }: Config,
  { needs, driver, jobRunner, embedder }: Working,
): Background {
  const isAlone = mongoUrl === null;
  let stopChores = async (): Promise<void> => {};
  return {
    async start() {
      await reconcilePresets(needs, presets);
      await driver.startKeeping({ isAlone });
      embedder.start();
      await jobRunner.start({ isAlone });
      stopChores = startChores(needs.log, {
        uploads: () => sweepUploads(needs),
        jobs: () => forgetJobs(needs),
        deletions: () => finishDeletions(needs),
      });
    },
    async stop() {
      await Promise.all([jobRunner.drain(), stopChores(), embedder.stop()]);
    },
  };
}
