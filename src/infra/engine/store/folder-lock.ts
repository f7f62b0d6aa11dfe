import { open, type RootDatabase } from 'lmdb';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { folderInUse } from './store-errors.js';

/** Two that start at once both see each other, both step back, and try again after a while of their own. */
const ATTEMPTS = 5;
const MAX_PAUSE_MS = 100;

export type FolderLock = { release(): Promise<void> };

/**
 * Takes a folder for one engine alone: across threads, processes and containers that share the disk. The lock is a reader's
 * place in an empty LMDB file beside the data; the operating system gives it up when its owner dies, however it dies.
 *
 * @throws {StoreError} FOLDER_IN_USE if an engine holds it.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const lock = takePlace(dir);
    if (lock.isAlone) return lock;
    await lock.release();
    await delay(Math.random() * MAX_PAUSE_MS);
  }
  throw folderInUse(dir);
}

function takePlace(dir: string): FolderLock & { isAlone: boolean } {
  const lmdb: RootDatabase<Buffer, Buffer> = open<Buffer, Buffer>({
    path: join(dir, 'lock.mdb'),
    keyEncoding: 'binary',
    encoding: 'binary',
    overlappingSync: false,
    noSync: true,
    cache: false,
  });
  lmdb.readerCheck();
  const place = lmdb.useReadTransaction();
  return {
    isAlone: countReaders(lmdb.readerList()) === 1,
    async release() {
      place.done();
      await lmdb.close();
    },
  };
}

/** The list has a line for its heading, then one a reader. */
const countReaders = (list: string): number => list.trim().split('\n').length - 1;
