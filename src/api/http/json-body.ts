import type { IncomingMessage } from 'node:http';
import { MAX_REQUEST_BYTES } from '../execution/limits.js';
import { HttpRefusal } from './answer.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * What a request carries, if that is JSON in UTF-8, neither compressed nor larger than {@link MAX_REQUEST_BYTES}.
 *
 * @throws {HttpRefusal} 400, 413 or 415.
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  requireJson(request);
  const bytes = await readBytes(request);
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw new HttpRefusal(400, 'INVALID_INPUT', 'The body is not JSON in UTF-8.');
  }
}

function requireJson({ headers }: IncomingMessage): void {
  const [mediaType = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  if (mediaType !== 'application/json') {
    throw new HttpRefusal(415, 'INVALID_INPUT', 'Send application/json.', { 'Accept-Post': 'application/json' });
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  if (charset && !/^charset="?utf-?8"?$/.test(charset)) throw new HttpRefusal(415, 'INVALID_INPUT', 'Send UTF-8.');
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity')
    throw new HttpRefusal(415, 'INVALID_INPUT', 'Send the body without compression.', {
      'Accept-Encoding': 'identity',
    });
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () =>
    new HttpRefusal(413, 'LIMIT_EXCEEDED', `A request has at most ${MAX_REQUEST_BYTES / 1024} KiB.`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_REQUEST_BYTES) {
        request.pause();
        reject(tooLarge());
      } else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks, bytes)));
    request.once('error', reject);
    request.once('close', () => reject(new HttpRefusal(400, 'INVALID_INPUT', 'The request ended too early.')));
  });
}
