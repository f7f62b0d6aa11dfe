import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withinLimit } from '../blob-rules.js';
import { namelessFile } from '../nameless-file.js';

/** A content whose length is known. */
export type Measured = {
  readonly bytes: number;
  /** To be called once. */
  read(): Readable;
  close(): Promise<void>;
};

/**
 * Lets a stream run into a temporary file, since S3 wants to know how much comes before it comes, and so that nothing begins that the limit would end.
 *
 * @throws {AppError} LIMIT_EXCEEDED past `maxBytes`; SERVICE_UNAVAILABLE where the temporary file cannot be made or written. `content` is destroyed then.
 */
export async function spool(content: Readable, maxBytes: number): Promise<Measured> {
  const file = await namelessFile((write) =>
    pipeline(content, (chunks: AsyncIterable<Buffer>) => write(withinLimit(chunks, maxBytes))),
  ).catch((error: unknown) => {
    // Where there is no file, nobody has begun to read it.
    content.destroy();
    throw error;
  });
  const { size } = await file.stat();
  return {
    bytes: size,
    read: () => file.createReadStream({ start: 0, autoClose: false }),
    close: () => file.close(),
  };
}

export function measured(content: Buffer): Measured {
  return { bytes: content.length, read: () => Readable.from([content]), close: () => Promise.resolve() };
}
