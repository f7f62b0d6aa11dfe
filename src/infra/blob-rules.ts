import { AppError } from '../base/errors.js';

/** What every BlobStore holds its callers to. */

/** Milliseconds for which an address of an object is good at most. */
export const MAX_EXPIRY_MS = 7 * 24 * 3_600_000;

const MAX_KEY_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
const MEDIA_TYPE = /^[\w.+-]{1,80}\/[\w.+-]{1,80}(?:; ?[\w-]{1,40}=[\w.+-]{1,80})?$/;

/** @throws {RangeError} for what is no key; keys are made by the server, so it is a bug. */
export function checkKey(key: string): void {
  const isGood =
    key.isWellFormed() &&
    !key.includes('\0') &&
    Buffer.byteLength(key) <= MAX_KEY_BYTES &&
    key.split('/').every(isSegment);
  if (!isGood) throw new RangeError('That is no key of an object.');
}

function isSegment(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && Buffer.byteLength(text) <= MAX_SEGMENT_BYTES;
}

/** @throws {RangeError} for anything but `type/subtype`, with one parameter at most. */
export function checkMediaType(mediaType: string): void {
  if (!MEDIA_TYPE.test(mediaType)) throw new RangeError('That is no media type.');
}

export const tooLarge = (maxBytes: number) =>
  new AppError('LIMIT_EXCEEDED', `The object is larger than the ${maxBytes} bytes that are allowed.`);

export const keyIsTaken = () => new AppError('CONFLICT', 'There is an object of that key already.');

/** The same chunks; fails with LIMIT_EXCEEDED at the first byte too many. To be used by what takes them: a stream in between would hide why that fails. */
export async function* withinLimit(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** The value of Content-Disposition (RFC 6266) that has browsers save the object under that name, whatever is in it. */
export function attachment(fileName: string): string {
  const plain = fileName.replaceAll(/[^\w .()-]/g, '_');
  const exact = encodeURIComponent(fileName.toWellFormed()).replaceAll(/['()*]/g, percentEncoded);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}

/** What encodeURIComponent leaves as it is, although it has a meaning where we put it. */
function percentEncoded(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}
