import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../base/errors.js';

/** Appends all chunks; the end of a pipeline. */
type Write = (chunks: AsyncIterable<Buffer>) => Promise<void>;

/**
 * A temporary file, once `fill` has written to it. It loses its name at once: a crash leaves nothing. To be closed by the caller; where `fill` fails it is
 * closed already.
 *
 * @throws {AppError} SERVICE_UNAVAILABLE where it cannot be made or written, as on a full disk.
 */
export async function namelessFile(fill: (write: Write) => Promise<void>): Promise<FileHandle> {
  const path = join(tmpdir(), `tomato-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600).catch(cannotWrite);
  try {
    await rm(path);
    await fill(async (chunks) => {
      for await (const chunk of chunks) await file.writeFile(chunk).catch(cannotWrite);
    });
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function cannotWrite(cause: unknown): never {
  throw new AppError(
    'SERVICE_UNAVAILABLE',
    'A temporary file cannot be written now.',
    { isRetryable: true },
    { cause },
  );
}
