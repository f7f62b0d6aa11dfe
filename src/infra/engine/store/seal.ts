import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { newestTransaction } from './page-check.js';

/*
 * Beside a data file that was closed properly lies its seal: which transaction was the last, how large the file was, and when it was
 * written. While all of that still holds, nothing was written since by anybody, and the pages need not be looked at again.
 */
const sealOf = (path: string): string => path.replace(/\.mdb$/, '.sealed');

/** Whether a data file is as a proper close left it. */
export function isSealed(path: string): boolean {
  try {
    return readFileSync(sealOf(path), 'utf8') === stateOf(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** To be called after the close, when all pages are on the disk. */
export function seal(path: string): void {
  const state = stateOf(path);
  try {
    writeFileSync(sealOf(path), state, { mode: 0o600 });
  } catch {
    // No room for it: the next open takes longer, which is no reason to let a close fail.
    breakSeal(path);
  }
}

export function breakSeal(path: string): void {
  rmSync(sealOf(path), { force: true });
}

function stateOf(path: string): string {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return `transaction ${newestTransaction(path)}, ${size} bytes, written at ${mtimeNs} ns`;
}
