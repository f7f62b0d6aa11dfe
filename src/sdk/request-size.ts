import { TomatoError } from './tomato-error.js';

/** Bytes of a request, over HTTP and over WebSocket, that the server takes. */
const MAX_REQUEST_BYTES = 256 * 1024;

/**
 * To be asked before anything is sent: over WebSocket the server would close the connection, and with it cut off all else that goes over it.
 *
 * @throws {TomatoError} LIMIT_EXCEEDED, with `bytes` and `limit`.
 */
export function requireSmallEnough(request: string): void {
  const { length: bytes } = new TextEncoder().encode(request);
  if (bytes <= MAX_REQUEST_BYTES) return;
  throw new TomatoError('LIMIT_EXCEEDED', `A request has at most ${MAX_REQUEST_BYTES / 1024} KiB.`, {
    bytes,
    limit: MAX_REQUEST_BYTES,
  });
}
