import { open, rm, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobInfo } from '../../domain/blobs/blob-store.js';
import { tooLarge, withinLimit } from '../blob-rules.js';

/*
 * An object is one file, so that it is there as a whole or not at all: a line with the media type, then the content.
 */

/** Longer than any line with a media type. */
const HEAD_BYTES = 512;
const LINE_BREAK = 10;

export type OpenBlob = BlobInfo & {
  /** Reads the content, and closes the file at its end. */
  content(): Readable;
  close(): Promise<void>;
};

/**
 * Writes a new file, and returns once it is on the disk. Leaves nothing behind when it fails.
 *
 * @throws {AppError} LIMIT_EXCEEDED past `maxBytes`.
 */
export async function writeBlob(
  path: string,
  content: Buffer | Readable,
  { mediaType, maxBytes }: { mediaType: string; maxBytes: number },
): Promise<BlobInfo> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write(`${mediaType}\n`);
    const bytes = await writeContent(file, content, maxBytes);
    await file.sync();
    return { bytes, mediaType };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** @returns How many bytes were written. */
async function writeContent(file: FileHandle, content: Buffer | Readable, maxBytes: number): Promise<number> {
  if (Buffer.isBuffer(content)) {
    if (content.length > maxBytes) throw tooLarge(maxBytes);
    await file.writeFile(content);
    return content.length;
  }
  let bytes = 0;
  await pipeline(content, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of withinLimit(chunks, maxBytes)) {
      await file.writeFile(chunk);
      bytes += chunk.length;
    }
  });
  return bytes;
}

/** What was written last under that path, even if it is replaced while it is read. Null if there is nothing. */
export async function openBlob(path: string): Promise<OpenBlob | null> {
  const file = await openToRead(path);
  if (!file) return null;
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    await file.read(head, 0, HEAD_BYTES, 0);
    const contentStart = head.indexOf(LINE_BREAK) + 1;
    const { size } = await file.stat();
    return {
      mediaType: head.toString('latin1', 0, contentStart - 1),
      bytes: size - contentStart,
      content: () => file.createReadStream({ start: contentStart }),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openToRead(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** A folder of the path may be missing, or be a file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
