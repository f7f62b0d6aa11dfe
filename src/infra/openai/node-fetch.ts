import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

/** Idle connections that are kept for the next request, per service. */
const MAX_IDLE_CONNECTIONS = 64;

/** As many connections as there are streams: each request to a model holds one for as long as the answer takes. */
const agentOptions = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: MAX_IDLE_CONNECTIONS };
const httpAgent = new HttpAgent(agentOptions);
const httpsAgent = new HttpsAgent(agentOptions);

/** An answer whose body is still on its way. To the openai client it is a success without a body: status, headers and body are ours to judge. */
export class IncomingAnswer extends Response {
  constructor(readonly incoming: IncomingMessage) {
    super(null);
  }
}

/**
 * A `fetch` for the openai client over node:http, whose answers can be read as they come, without the cost of web streams.
 * It follows no redirect. The signal destroys the connection, also after the answer has begun.
 */
export function nodeFetch(url: string | URL | Request, init: RequestInit = {}): Promise<IncomingAnswer> {
  return new Promise((resolve, reject) => {
    const target = new URL(url instanceof Request ? url.url : url);
    const isHttps = target.protocol === 'https:';
    const body = typeof init.body === 'string' ? init.body : '';
    const options = {
      method: init.method ?? 'GET',
      headers: rawHeaders(target, init.headers, body),
      agent: isHttps ? httpsAgent : httpAgent,
    };
    const request = isHttps ? requestHttps(target, options) : requestHttp(target, options);
    if (init.signal) destroyOnAbort(request, init.signal);
    // It stays: what goes wrong after the answer has begun is reported here too, and the answer's own reader knows of it.
    request.on('error', reject);
    request.once('response', (incoming) => resolve(new IncomingAnswer(incoming)));
    request.end(body);
  });
}

/** Names and values in turn: sent as they are, where Node would keep two tables of them for as long as the connection lives. */
function rawHeaders({ host, username, password }: URL, given: RequestInit['headers'], body: string): string[] {
  const headers = new Headers(given);
  if (username !== '' && !headers.has('authorization')) {
    const credentials = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  }
  headers.set('host', host);
  headers.set('accept-encoding', 'identity');
  headers.set('content-length', String(Buffer.byteLength(body)));
  return [...headers].flat();
}

/** Node's own `signal` option does the same, at ten times the memory. */
function destroyOnAbort(request: ClientRequest, signal: AbortSignal): void {
  const destroy = (): void => void request.destroy(signal.reason as Error);
  if (signal.aborted) return destroy();
  signal.addEventListener('abort', destroy, { once: true });
  request.once('close', () => signal.removeEventListener('abort', destroy));
}
