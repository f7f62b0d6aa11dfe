import { crc32 } from 'node:zlib';

/*
 * LMDB keeps no checksums. So each value ends with one of its own, made of its key and itself: what was changed on the disk is then
 * found when it is read, and never answered with.
 */
const CHECKSUM_BYTES = 4;

export function withChecksum(key: Buffer, value: Buffer): Buffer {
  const stored = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES);
  stored.set(value);
  stored.writeUInt32LE(crc32(value, crc32(key)), value.length);
  return stored;
}

/** @returns the value without its checksum; undefined if the checksum is not that of this key and this value. */
export function withoutChecksum(key: Buffer, stored: Buffer): Buffer | undefined {
  const end = stored.length - CHECKSUM_BYTES;
  if (end < 0) return undefined;
  const value = stored.subarray(0, end);
  return crc32(value, crc32(key)) === stored.readUInt32LE(end) ? value : undefined;
}

/** Whether a document stands alone: the entry of the format does in files of format 1, which have no checksums. */
export const isBareDocument = (stored: Buffer): boolean => stored.length >= 4 && stored.readInt32LE() === stored.length;
