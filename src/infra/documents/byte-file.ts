import { readSync } from 'node:fs';

/** A file that is read here and there. */
export type ByteFile = { readonly bytes: number; read(this: void, at: number, length: number): Buffer };

/** Bytes that are read at a time. */
const CHUNK_BYTES = 64 * 1024;

export function byteFile(fd: number, bytes: number): ByteFile {
  return {
    bytes,
    read(at, length) {
      const chunk = Buffer.alloc(Math.max(0, Math.min(length, bytes - at)));
      for (let filled = 0; filled < chunk.length;) {
        const more = readSync(fd, chunk, filled, chunk.length - filled, at + filled);
        if (more === 0) return chunk.subarray(0, filled);
        filled += more;
      }
      return chunk;
    },
  };
}

/** From `start` to the end; `end` is where each chunk ends. */
export function* chunksOf(file: ByteFile, start: number): Generator<{ readonly chunk: Buffer; readonly end: number }> {
  for (let at = start; at < file.bytes; at += CHUNK_BYTES) {
    const chunk = file.read(at, CHUNK_BYTES);
    yield { chunk, end: at + chunk.length };
  }
}
