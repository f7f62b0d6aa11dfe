import { mkdtempSync, rmSync } from 'node:fs';
import type { ListenOptions } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The system's own limit is 104 to 108 bytes. */
const MAX_SOCKET_PATH_BYTES = 100;

/** The database that the URI names. */
const DATABASE = 'tomato';

export type Place = {
  listenOptions: ListenOptions;
  socketPath: string | undefined;
  uri(port: number): string;
  /** Removes what was made to listen there. */
  leave(): void;
};

/**
 * Where an engine listens: on a Unix socket in its folder, or in a private temporary one where that path is too long for a socket;
 * on the loopback address where the system has no such sockets, or a port is asked for.
 */
export function choosePlace({ dir, port }: { dir: string; port?: number }): Place {
  if (port !== undefined || process.platform === 'win32') return loopback(port ?? 0);
  const inFolder = join(resolve(dir), 'engine.sock');
  if (Buffer.byteLength(inFolder) <= MAX_SOCKET_PATH_BYTES) return unixSocket(inFolder, inFolder);
  const folder = mkdtempSync(join(tmpdir(), 'tomato-'));
  return unixSocket(join(folder, 'engine.sock'), folder);
}

function loopback(port: number): Place {
  return {
    listenOptions: { host: '127.0.0.1', port },
    socketPath: undefined,
    uri: (actual) => `mongodb://127.0.0.1:${actual}/${DATABASE}?directConnection=true`,
    leave: () => undefined,
  };
}

/** @param made what is removed in the end: the socket, or the folder that was made for it */
function unixSocket(path: string, made: string): Place {
  // What is left of an engine that was killed; a living one would have the folder locked.
  rmSync(path, { force: true });
  return {
    listenOptions: { path, readableAll: false, writableAll: false },
    socketPath: path,
    uri: () => `mongodb://${encodeURIComponent(path)}/${DATABASE}?directConnection=true`,
    leave: () => rmSync(made, { recursive: true, force: true }),
  };
}
