import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { HttpRefusal, refuse, sendJson } from './answer.js';

/** Milliseconds in which a request must have come in whole, an upload excepted. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Milliseconds between two looks at an upload. One that has brought nothing since the look before is given up: after twice that at most. */
const LOOK_EVERY_MS = 30_000;

/**
 * Milliseconds between two looks at what waits to be read. An answer of which nothing was taken since the look before is given up: after twice that at most.
 * The system takes more than a megabyte at a time and says nothing until that has gone out: a reader of 5 kB a second needs minutes for it.
 */
export const UNREAD_AFTER_MS = 300_000;

const SILENT = { code: 'INVALID_INPUT', message: 'Nothing came any more.' } as const;

/** Refuses a request that does not come in whole in time, or cuts it where it has been answered. */
export function dropIfLate(request: IncomingMessage, response: ServerResponse): void {
  const late = setTimeout(() => {
    if (request.complete) return;
    if (response.headersSent) request.destroy();
    else refuse(response, new HttpRefusal(408, 'INVALID_INPUT', 'The request did not come in whole in time.'));
  }, REQUEST_TIMEOUT_MS).unref();
  request.once('close', () => clearTimeout(late));
}

/** Refuses an upload once its client is silent, in the form of the object store: `code` and `message`. It may take as long as it needs while it goes on. */
export function dropIfSilent(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  let heard = socket.bytesRead;
  const looking = setInterval(() => {
    const isSilent = socket.bytesRead === heard;
    heard = socket.bytesRead;
    // As long as what has come waits for us, nothing more can come.
    if (!isSilent || request.complete || request.readableLength > 0) return;
    // Whoever takes it would wait for the rest.
    const cut = (): unknown => request.destroy();
    if (response.headersSent) cut();
    else sendJson(response.once('finish', cut), 408, SILENT, { Connection: 'close' });
  }, LOOK_EVERY_MS).unref();
  request.once('close', () => clearInterval(looking));
}

/**
 * Cuts an answer that its client does not read, once the socket says that nothing has gone through for {@link UNREAD_AFTER_MS}. One that is still being worked out
 * may take its time. A listener of the server instead would keep Node from ending connections that wait for their next request.
 */
export function dropIfUnread(response: ServerResponse): void {
  response.on('timeout', cutIfUnread);
}

function cutIfUnread(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}
