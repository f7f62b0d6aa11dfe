import { AppError } from '../base/errors.js';
import { ConfigError } from '../config.js';
import { StoreError } from '../infra/engine/store/store-errors.js';

/** What to print for whoever started a program of ours: a sentence where they can do something about it, else all that is known. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof AppError || error instanceof ConfigError || error instanceof StoreError) return error.message;
  if (!(error instanceof Error)) return error;
  const advice = adviceFor(error);
  return advice === undefined ? error : `${advice} (${error.message})`;
}

const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Something else listens at that address already. Stop it, or set PORT.',
  EACCES: 'This user may not listen at that port. Set PORT to one above 1023.',
  EADDRNOTAVAIL: 'This machine does not have that address. Set HOST to one that it has.',
};

const FILES: Readonly<Record<string, string>> = {
  EACCES: 'This user may not write there. Give it the folder, or set DATA_DIR.',
  EPERM: 'This user may not write there. Give it the folder, or set DATA_DIR.',
  EROFS: 'Nobody can write there. Set DATA_DIR.',
  ENOTDIR: 'There is a file where a folder should be. Move it, or set DATA_DIR.',
  EEXIST: 'There is a file where a folder should be. Move it, or set DATA_DIR.',
  ENOSPC: 'The disk is full. Free some of it, or set DATA_DIR.',
};

/**
 * The folders above are made as well, and still Node says that one is missing: so it does on a read-only disk, and where a link names a folder that is not there, as on a disk that is
 * not mounted.
 */
const NOT_MADE = 'The folder cannot be made: nobody can write there, or a link leads nowhere. Set DATA_DIR.';

/** From LMDB, and from the thread of the engine, come words alone. */
const IN_WORDS: Readonly<Record<string, string>> = {
  'Permission denied': 'EACCES',
  'Read-only file system': 'EROFS',
  'No space left on device': 'ENOSPC',
};

const FILE_CALLS = ['mkdir', 'open', 'read', 'rename', 'scandir', 'stat', 'write'];

function adviceFor({ code = '', syscall = '', message }: NodeJS.ErrnoException): string | undefined {
  if (syscall === 'listen') return LISTENING[code];
  if (syscall === 'mkdir' && code === 'ENOENT') return NOT_MADE;
  if (FILE_CALLS.includes(syscall)) return FILES[code];
  if (code === 'ENOTFOUND') return 'No machine of that name is known. Look at HOST, and at the addresses of services.';
  const [words = ''] = message.split(':');
  return FILES[IN_WORDS[words] ?? words];
}
