import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, INTERNAL_MESSAGE, type ErrorCode } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { BlobStore } from '../../domain/blobs/blob-store.js';
import { attachment, keyIsTaken, tooLarge } from '../blob-rules.js';
import type { OpenBlob } from './blob-file.js';
import type { Grant, ObjectAddresses } from './object-addresses.js';

type Objects = Pick<BlobStore, 'put' | 'stat'> & { open(key: string): Promise<OpenBlob | null> };
type Download = Extract<Grant, { method: 'GET' }>;
/** Uploads under way, by key. */
type Incoming = Map<string, IncomingMessage>;
type UploadGrant = Extract<Grant, { method: 'PUT' }>;

const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID_INPUT: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  LIMIT_EXCEEDED: 413,
  SERVICE_UNAVAILABLE: 503,
};

/** Whatever an object holds, no browser shows it as a page of ours. */
const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Cache-Control': 'private, no-store',
  'Referrer-Policy': 'no-referrer',
};

/** Serves and takes objects at signed addresses: GET, HEAD and PUT. A refusal is JSON with `code` and `message`. */
export function createObjectListener(objects: Objects, addresses: ObjectAddresses, log: Log): RequestListener {
  const incoming: Incoming = new Map();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const grant = addresses.read(request.method ?? '', request.url ?? '');
    if (grant === null) throw new AppError('FORBIDDEN', 'The address is not valid, or has expired.');
    if (grant.method === 'PUT') await take({ objects, incoming }, grant, request, response);
    else await serve(objects, grant, request, response);
  };
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const failure = error instanceof AppError ? error : new AppError('INTERNAL', INTERNAL_MESSAGE);
      if (failure !== error && !isGone(error)) log.error({ error }, 'an object could not be transferred');
      refuse(response, failure);
    });
  };
}

async function serve(
  objects: Objects,
  { key, fileName }: Download,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const blob = await objects.open(key);
  if (blob === null) throw new AppError('NOT_FOUND', 'There is no such object.');
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'Content-Type': blob.mediaType,
    'Content-Length': blob.bytes,
    'Content-Disposition': attachment(fileName),
  });
  if (request.method === 'HEAD') {
    await blob.close();
    response.end();
    return;
  }
  await pipeline(blob.content(), response);
}

async function take(
  { objects, incoming }: { objects: Objects; incoming: Incoming },
  grant: UploadGrant,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { mediaType, bytes } = grant;
  const length = Number(request.headers['content-length'] ?? NaN);
  if (length > bytes) throw tooLarge(bytes);
  if (length !== bytes) throw new AppError('INVALID_INPUT', `The content must have ${bytes} bytes, and say so.`);
  if (request.headers['content-type'] !== mediaType)
    throw new AppError('INVALID_INPUT', `The type must be ${mediaType}.`);
  if (await objects.stat(grant.key)) throw keyIsTaken();
  endEarlier(incoming, grant.key);
  incoming.set(grant.key, request);
  // What is refused must not destroy the request: its socket carries the answer.
  const content = Readable.from(request.iterator({ destroyOnReturn: false }), { objectMode: false });
  try {
    await objects.put(grant.key, content, { mediaType, maxBytes: bytes, isNew: true });
  } finally {
    if (incoming.get(grant.key) === request) incoming.delete(grant.key);
  }
  response.writeHead(201, SAFE_HEADERS).end();
}

/** One address is for one file: else it would take any number at a time onto the disk. The newest counts, since its client may know before us that the old connection is dead. */
function endEarlier(incoming: Incoming, key: string): void {
  const earlier = incoming.get(key);
  if (earlier?.complete === false) earlier.destroy();
}

/** The connection ends with it, since what the client still sends is not read. */
function refuse(response: ServerResponse, { code, message }: AppError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(STATUS[code] ?? 500, { ...SAFE_HEADERS, 'Content-Type': 'application/json', Connection: 'close' });
  response.end(JSON.stringify({ code, message }));
}

/** The client has left before the end. */
function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
