import { isUtf8 } from 'node:buffer';
import { chunksOf, type ByteFile } from './byte-file.js';
import { FaultyDocument } from './fault.js';

/** Bytes at the beginning that are looked at to find out what a file is. */
const SAMPLE_BYTES = 64 * 1024;

/** What a file of text never begins with, and what it is then. */
const MAGIC: readonly (readonly [string, string])[] = [
  ['%PDF-', 'a PDF'],
  ['PK\x03\x04', 'a ZIP archive or an office document'],
  ['\xd0\xcf\x11\xe0', 'an office document'],
  ['\x1f\x8b', 'compressed'],
  ['\x89PNG', 'a picture'],
  ['\xff\xd8\xff', 'a picture'],
  ['GIF8', 'a picture'],
  ['\x7fELF', 'a program'],
];

/** Of a text that is taken for one in a charset: characters that are none, at most. */
const MAX_BROKEN_SHARE = 0.01;

export type DecodedChunk = { readonly text: string; readonly end: number };

/**
 * The text of a file, piece by piece: by its byte order mark; as UTF-8 if it is that throughout; else by the charset that it or its media type names; else as
 * the Korean of Windows (CP949, which includes EUC-KR).
 *
 * @throws {FaultyDocument} WRONG_TYPE for what is no text; BROKEN for text in no charset that we know.
 */
export function* decode(file: ByteFile, declared: string | null): Generator<DecodedChunk> {
  const sample = file.read(0, SAMPLE_BYTES);
  refuseBinary(sample);
  const { charset, start } = findCharset(file, sample, declared);
  const decoder = new TextDecoder(charset, { ignoreBOM: true });
  for (const { chunk, end } of chunksOf(file, start)) yield { text: decoder.decode(chunk, { stream: true }), end };
  yield { text: decoder.decode(), end: file.bytes };
}

/** The charset that a page of HTML or XHTML names at its beginning. */
export function charsetOfPage(file: ByteFile): string | null {
  const head = file.read(0, 4_096).toString('latin1');
  const found =
    /<meta[^>]{1,200}charset\s*=\s*["']?\s*(?<name>[\w:.-]{1,40})/i.exec(head) ??
    /^<\?xml[^>]{1,200}encoding\s*=\s*["'](?<name>[\w:.-]{1,40})/i.exec(head);
  return found?.groups?.['name'] ?? null;
}

export function charsetOfType(mediaType: string): string | null {
  return /;\s*charset=(?<name>[\w.+-]+)/i.exec(mediaType)?.groups?.['name'] ?? null;
}

function refuseBinary(sample: Buffer): void {
  const beginning = sample.subarray(0, 8).toString('latin1');
  const found = MAGIC.find(([magic]) => beginning.startsWith(magic));
  if (found) throw new FaultyDocument('WRONG_TYPE', `The file is ${found[1]}, not text.`);
  if (byteOrder(sample) === null && sample.includes(0))
    throw new FaultyDocument('WRONG_TYPE', 'The file is not text: it has bytes that no text has.');
}

function findCharset(file: ByteFile, sample: Buffer, declared: string | null): { charset: string; start: number } {
  const order = byteOrder(sample);
  if (order) return order;
  if (isAllUtf8(file)) return { charset: 'utf-8', start: sample.indexOf('\ufeff') === 0 ? 3 : 0 };
  const candidates = [declared, 'euc-kr', 'utf-8'].filter((name) => name !== null).filter(isKnown);
  const charset = candidates.find((name) => isMostlySound(sample, name));
  if (charset === undefined) throw new FaultyDocument('BROKEN', 'The text is in no charset that we know.');
  return { charset, start: 0 };
}

/** UTF-16 by its mark; null for everything else. */
function byteOrder(sample: Buffer): { charset: string; start: number } | null {
  if (sample[0] === 0xff && sample[1] === 0xfe) return { charset: 'utf-16le', start: 2 };
  if (sample[0] === 0xfe && sample[1] === 0xff) return { charset: 'utf-16be', start: 2 };
  return null;
}

function isAllUtf8(file: ByteFile): boolean {
  let rest = Buffer.alloc(0);
  for (const { chunk } of chunksOf(file, 0)) {
    const bytes = Buffer.concat([rest, chunk]);
    const whole = bytes.length - unfinishedBytes(bytes);
    if (!isUtf8(bytes.subarray(0, whole))) return false;
    rest = bytes.subarray(whole);
  }
  return rest.length === 0;
}

/** How many bytes at the end begin a character of UTF-8 that goes on behind it. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

function isKnown(charset: string): boolean {
  try {
    return new TextDecoder(charset).encoding !== '';
  } catch {
    return false;
  }
}

function isMostlySound(sample: Buffer, charset: string): boolean {
  const text = new TextDecoder(charset).decode(sample);
  const broken = text.split('\ufffd').length - 1;
  return broken <= Math.max(1, text.length * MAX_BROKEN_SHARE);
}
