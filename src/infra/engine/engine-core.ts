import { Cursors } from './commands/cursors.js';
import { FailPoint } from './commands/fail-point.js';
import { commandRunner } from './commands/run-command.js';
import { Housekeeping } from './housekeeping.js';
import { SlowReads } from './slow-reads/slow-reads.js';
import type { Folder } from './store/folder.js';
import { GroupCommit } from './store/group-commit.js';
import { Store } from './store/store.js';
import type { RunCommand } from './wire/connection.js';
import type { AwaitedHellos } from './wire/awaited-hello.js';

/** What answers commands, with all that it needs: nine tenths of the engine's code. */
export type EngineCore = {
  run: RunCommand;
  /** Finishes the writes that were begun, and closes the folder. */
  stop(): Promise<void>;
};

export type CoreOptions = { dir: string; noSync?: boolean; hasTestCommands?: boolean };

export function startCore(folder: Folder, options: CoreOptions, hellos: AwaitedHellos): EngineCore {
  const store = new Store(folder);
  const commit = new GroupCommit(store);
  const slowReads = new SlowReads({ dir: options.dir, noSync: options.noSync === true });
  const cursors = new Cursors(0n, (namespace) => slowReads.forget(namespace));
  const housekeeping = new Housekeeping({ commit, cursors, slowReads });
  const failPoint = options.hasTestCommands === true ? new FailPoint() : undefined;
  const controls = { failPoint, sweepEvery: housekeeping.every };
  return {
    run: commandRunner({ commit, cursors, slowReads, controls, hello: hellos.hello }),
    async stop() {
      housekeeping.stop();
      cursors.killAll();
      // The writes that were queued before this one are done when it is.
      await commit.write(() => undefined);
      await slowReads.stop();
      await store.close();
    },
  };
}
