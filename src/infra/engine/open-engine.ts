import { helloBody } from './commands/hello.js';
import type { EngineCore } from './engine-core.js';
import { choosePlace } from './listen-place.js';
import { openFolder } from './store/folder.js';
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
 * Opens an engine in this thread. It listens as soon as it has the folder; what answers commands is loaded while the first client
 * connects.
 *
 * @throws {StoreError} if another engine has the folder, its data is damaged, or a newer version wrote it.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const folder = await openFolder(options);
  const hellos = new AwaitedHellos(helloBody);
  const place = choosePlace(options);
  let core: Promise<EngineCore> | undefined;
  const load = (): Promise<EngineCore> =>
    (core ??= import('./engine-core.js').then(({ startCore }) => startCore(folder, options, hellos)));
  const server = new WireServer(async (message, connection) => (await load()).run(message, connection), hellos);
  const stop = async (): Promise<void> => {
    await server.close();
    const loaded = await load().catch(() => undefined);
    await (loaded?.stop() ?? folder.close());
    place.leave();
  };
  try {
    const port = await server.listen(place.listenOptions);
    // If it fails, each command is told why.
    load().catch(() => undefined);
    return { uri: place.uri(port), socketPath: place.socketPath, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
