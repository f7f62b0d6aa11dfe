import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ByteLimit } from '../blob-rules.js';

/** A content whose length is known. */
export type Measured = {
  readonly bytes: number;
  /** To be called once. */
  read(): Readable;
  close(): Promise<void>;
};

/**
 * Lets a stream run into a temporary file, since S3 wants to know how much comes before it comes, and so that nothing begins that the limit would end.
 * The file loses its name at once: a crash leaves nothing.
 *
 * @throws {AppError} LIMIT_EXCEEDED past `maxBytes`.
 */
export async function spool(content: Readable, maxBytes: number): Promise<Measured> {
  const path = join(tmpdir(), `tomato-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await rm(path);
    const limit = new ByteLimit(maxBytes);
    await pipeline(content, limit, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await file.writeFile(chunk);
    });
    return {
      bytes: limit.bytes,
      read: () => file.createReadStream({ start: 0, autoClose: false }),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

export function measured(content: Buffer): Measured {
  return { bytes: content.length, read: () => Readable.from([content]), close: () => Promise.resolve() };
}
