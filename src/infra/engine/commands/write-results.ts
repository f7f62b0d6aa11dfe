import { EngineError, invalidLength } from '../errors.js';
import type { Document } from '../values/types.js';

export const MAX_BATCH = 100_000;

const MAX_TIME_EXPIRED = 50;

/** @throws {EngineError} 16 */
export function checkBatchSize(size: number): void {
  if (size >= 1 && size <= MAX_BATCH) return;
  throw invalidLength(`Write batch sizes must be between 1 and ${MAX_BATCH}. Got ${size} operations.`);
}

/**
 * Does one write after another; stops at the first that fails if they are ordered.
 *
 * @returns what the reply says about those that failed; nothing if all went well.
 */
export function eachWrite<T>(
  writes: readonly T[],
  isOrdered: boolean,
  write: (one: T, index: number) => void,
): { writeErrors?: Document[] } {
  const writeErrors: Document[] = [];
  for (const [index, one] of writes.entries()) {
    try {
      write(one, index);
    } catch (error) {
      // When the command's time is over it is not one write that failed.
      if (!(error instanceof EngineError) || error.code === MAX_TIME_EXPIRED) throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.extra });
      if (isOrdered) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}
