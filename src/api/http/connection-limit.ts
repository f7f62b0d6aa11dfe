import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Log } from '../../base/log.js';

/** The share of the process's file descriptors that clients may have: each may be waiting for a model, and databases and files need theirs too. */
const CLIENTS_SHARE = 0.5;

/** Milliseconds between two lines of the log about the same. */
const TELL_EVERY_MS = 10_000;

/**
 * Refuses connections that would leave the house too few file descriptors to go on with what it has begun; they are taken
 * again as soon as others close. Without a limit that the operating system tells (as Linux does), as many are taken as come.
 */
export function limitConnections(server: Server, log: Log): void {
  const most = Math.floor(CLIENTS_SHARE * readDescriptorLimit());
  if (Number.isFinite(most)) server.maxConnections = most;

  const tell = atMostEvery(TELL_EVERY_MS, (refusal: object, message: string) => log.warn(refusal, message));
  server.on('drop', () =>
    tell({ mostConnections: most }, 'connections are refused: as many are open as the limit of open files allows'),
  );
  server.on('error', (error) => tell({ error }, 'a connection could not be taken'));
}

/** How many files and connections this process may have open; infinite where that is not known. */
function readDescriptorLimit(): number {
  const [, soft] = /^Max open files +(\d+)/m.exec(readLimits()) ?? [];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

function atMostEvery<Args extends unknown[]>(
  milliseconds: number,
  act: (...args: Args) => void,
): (...args: Args) => void {
  let nextAt = 0;
  return (...args) => {
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + milliseconds;
    act(...args);
  };
}
