import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { AppError, INTERNAL_MESSAGE } from '../../base/errors.js';
import type { Caller } from '../context.js';
import { HttpRefusal, refuse } from './answer.js';
import type { ReadCaller } from './caller.js';
import { dropIfLate, dropIfSilent, dropIfUnread } from './late-requests.js';
import { answerPreflight, type Origins } from './origins.js';
import { createRoutes, type Route, type RouteOptions } from './routes.js';

export type ListenerOptions = RouteOptions & {
  readonly objects: RequestListener | null;
  readonly origins: Origins;
  readonly readCaller: ReadCaller;
};

/** Finds who answers a request, and sees to what holds for all of them. */
export function createListener(options: ListenerOptions): RequestListener {
  const { objects, origins, readCaller, isStopping } = options;
  const routes = createRoutes(options);

  return (request, response) => {
    const caller = readCaller(request);
    const path = request.url?.split('?', 1)[0] ?? '/';
    logWhenDone(request, response, caller, path);
    response.setHeader('X-Request-Id', caller.requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (isStopping()) response.setHeader('Connection', 'close');
    origins.admit(request, response);
    dropIfUnread(response);
    const takesObject = objects && path.startsWith('/objects/');
    if (takesObject && request.method === 'PUT') dropIfSilent(request, response);
    else dropIfLate(request, response);
    if (request.method === 'OPTIONS') return answerPreflight(response);
    if (takesObject) return objects(request, response);
    answer(routes.get(path), request, response, caller).catch((error: unknown) => fail(response, caller, error));
  };
}

async function answer(
  route: Route | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
): Promise<void> {
  if (!route) throw new HttpRefusal(404, 'NOT_FOUND', 'There is nothing at this address.');
  const handle = route[request.method === 'HEAD' ? 'GET' : (request.method ?? '')];
  if (!handle) {
    const allowed = Object.keys(route).join(', ');
    throw new HttpRefusal(405, 'INVALID_INPUT', `This address takes ${allowed}.`, { Allow: allowed });
  }
  await handle(request, response, caller);
}

function fail(response: ServerResponse, { log }: Caller, error: unknown): void {
  if (response.headersSent) response.destroy();
  else if (error instanceof HttpRefusal) return refuse(response, error);
  else if (error instanceof AppError)
    return refuse(response, new HttpRefusal(400, error.code, error.message, {}, error.details));
  else refuse(response, new HttpRefusal(500, 'INTERNAL', INTERNAL_MESSAGE));
  log.error({ error }, 'a request met an unexpected failure');
}

/** Nothing of the query string: it may hold what is secret, such as a signature. */
function logWhenDone(
  { method }: IncomingMessage,
  response: ServerResponse,
  { log, address }: Caller,
  path: string,
): void {
  const startedAt = performance.now();
  response.once('close', () => {
    const durationMs = Math.round(performance.now() - startedAt);
    log.info(
      { method, path, address, status: response.statusCode, isCut: !response.writableFinished, durationMs },
      'request',
    );
  });
}
