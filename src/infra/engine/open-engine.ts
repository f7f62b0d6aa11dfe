import { Cursors } from './commands/cursors.js';
import { FailPoint } from './commands/fail-point.js';
import { helloBody } from './commands/hello.js';
import { commandRunner } from './commands/run-command.js';
import { Housekeeping } from './housekeeping.js';
import { choosePlace } from './listen-place.js';
import { SlowReads } from './slow-reads/slow-reads.js';
import { GroupCommit } from './store/group-commit.js';
import { Store } from './store/store.js';
import { AwaitedHellos } from './wire/awaited-hello.js';
import { WireServer } from './wire/wire-server.js';

export type EngineOptions = {
  /** Where the data is kept; made if it is not there, readable by its owner alone. */
  dir: string;
  /** Leaves it to the operating system when writes reach the disk: for tests and scratch data. @default false */
  noSync?: boolean;
  /** A port on the loopback address to listen on instead of a Unix socket; 0 for any that is free. */
  port?: number;
  /** Lets clients make commands fail by `configureFailPoint`: for tests. @default false */
  hasTestCommands?: boolean;
};

export type Engine = {
  /** What mongoose connects to. */
  uri: string;
  /** The Unix socket; undefined where it listens on a port. */
  socketPath: string | undefined;
  /** Finishes the writes that were begun, closes all connections and gives the folder free. */
  stop(): Promise<void>;
};

/**
 * Opens an engine in this thread.
 *
 * @throws {StoreError} if another engine has the folder, its data is damaged, or a newer version wrote it.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const store = await Store.open(options);
  const commit = new GroupCommit(store);
  const slowReads = new SlowReads({ dir: options.dir, noSync: options.noSync === true });
  const cursors = new Cursors(0n, (namespace) => slowReads.forget(namespace));
  const housekeeping = new Housekeeping({ commit, cursors, slowReads });
  const hellos = new AwaitedHellos(helloBody);
  const failPoint = options.hasTestCommands === true ? new FailPoint() : undefined;
  const controls = { failPoint, sweepEvery: housekeeping.every };
  const server = new WireServer(commandRunner({ commit, cursors, slowReads, controls, hello: hellos.hello }), hellos);
  const place = choosePlace(options);
  const stop = async (): Promise<void> => {
    housekeeping.stop();
    cursors.killAll();
    await server.close();
    // The writes that were queued before this one are done when it is.
    await commit.write(() => undefined);
    await slowReads.stop();
    await store.close();
    place.leave();
  };
  try {
    const port = await server.listen(place.listenOptions);
    return { uri: place.uri(port), socketPath: place.socketPath, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
