import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../base/errors.js';
import { Secret } from '../../base/secret.js';

/** Bytes. One that is shorter could be guessed: it was not written by us, or is what a bad copy has left of ours. That one of 32 to 63 bytes was longer once is not seen. */
const MIN_BYTES = 32;

/**
 * The master secret of a data folder: made when first asked for, and the same from then on, whoever asks first.
 * Only the user whom the server runs as can read it (mode 0600).
 *
 * @throws {AppError} SERVICE_UNAVAILABLE for a file that holds less than a secret: another one in its place would make all keys that are kept unreadable.
 */
export async function keptSecret(dataDir: string): Promise<Secret> {
  const path = join(dataDir, 'secret');
  return (await readSecret(path)) ?? (await makeSecret(path));
}

async function readSecret(path: string): Promise<Secret | null> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    if (Buffer.byteLength(text) >= MIN_BYTES) return new Secret(text);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
  throw new AppError(
    'SERVICE_UNAVAILABLE',
    `${path} must hold at least ${MIN_BYTES} bytes. Bring back the one that was there; without it nobody stays signed in, and keys of model services must be given again.`,
  );
}

/** The file gets its name only once it is whole; of two processes that try, one wins and both read what it wrote. */
async function makeSecret(path: string): Promise<Secret> {
  const secret = randomBytes(48).toString('base64url');
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${secret}\n`);
    await file.sync();
    await link(draft, path);
    return new Secret(secret);
  } catch (error) {
    const winner = isSystemError(error, 'EEXIST') ? await readSecret(path) : null;
    if (winner === null) throw error;
    return winner;
  } finally {
    await file.close();
    await rm(draft);
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
