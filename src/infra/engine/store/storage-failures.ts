import { EngineError } from '../errors.js';
import { damaged, StoreError } from './store-errors.js';

export const OUT_OF_DISK_SPACE = 14031;

/** LMDB tells of a disk that is full part of the way through a page as an input/output error. */
const DISK_FULL = /No space left|ENOSPC|MDB_MAP_FULL|File too large|Disk quota|Input\/output error/i;

/** What LMDB says of pages that are not what they should be, and of itself after it met one. */
const DAMAGED = /MDB_(?:CORRUPTED|PAGE_NOTFOUND|PANIC|INVALID|VERSION_MISMATCH|CURSOR_FULL|PAGE_FULL|INCOMPATIBLE)/;

const isDiskFull = (error: unknown): boolean => error instanceof Error && DISK_FULL.test(error.message);

/** What LMDB throws at a page that it cannot read, as a damaged file; any other failure as it is. */
export function namedDamage(path: string, error: unknown): unknown {
  const isDamage = error instanceof Error && DAMAGED.test(error.message);
  return isDamage ? damaged(path, error.message, { cause: error }) : error;
}

/** A failure of the storage as clients are told of it; any other failure as it is. */
export function namedStorageFailure(error: unknown): unknown {
  if (error instanceof StoreError) return new EngineError(301, 'DataCorruptionDetected', error.message);
  if (!(error instanceof Error) || !isDiskFull(error)) return error;
  return new EngineError(
    OUT_OF_DISK_SPACE,
    'OutOfDiskSpace',
    `The disk is full or cannot be written: nothing was changed. Free some space and try again. (${error.message})`,
  );
}
