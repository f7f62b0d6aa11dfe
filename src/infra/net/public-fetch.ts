import { lookup } from 'node:dns/promises';
import { request as requestByHttp, type IncomingMessage } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { withDeadline } from '../../base/deadline.js';
import { AppError, InvalidInputError } from '../../base/errors.js';
import type { PublicFetch, PublicRequest, PublicResponse } from '../../domain/tools/public-fetch.js';
import { isPublicAddress } from './address.js';
import { hostMatcher, hostOf } from './host-list.js';

const MAX_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 3;
const TIMEOUT_MS = 15_000;

export type Address = { readonly address: string; readonly family: number };

/** All addresses of a name, as the system knows them. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

/** One request of a chain of redirects. */
type Hop = Pick<PublicRequest, 'method' | 'headers' | 'body'> & { readonly url: URL };

/**
 * A fetch that reaches public addresses and the allowed hosts, and nothing else.
 *
 * Every address that a name has must be public, and the connection goes to an address that was checked: the name is looked up once a hop.
 * Redirects, at most 3, are checked in the same way; across origins they carry none of the caller's own headers. At most 1 MiB is read, never decompressed.
 * Neither proxies nor cookies nor credentials of the server have a part in it.
 *
 * @param allowedHosts See {@link hostMatcher}: these may have private addresses.
 * @param timeoutMs For everything, from the first look-up to the last byte.
 */
export function createPublicFetch({
  allowedHosts,
  resolve = (host) => lookup(host, { all: true }),
  timeoutMs = TIMEOUT_MS,
}: {
  allowedHosts: readonly string[];
  resolve?: Resolve;
  timeoutMs?: number;
}): PublicFetch {
  const isAllowed = hostMatcher(allowedHosts);

  async function follow(first: Hop, maxBytes: number, signal: AbortSignal): Promise<PublicResponse> {
    let hop = first;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const addresses = await addressesOf(hop.url, signal);
      const response = await send(hop, addresses, signal);
      const next = redirectOf(hop, response);
      if (next === null) return await read(response, hop.url, maxBytes);
      response.destroy();
      hop = next;
    }
    throw new AppError('UPSTREAM_FAILED', `The address redirects more than ${MAX_REDIRECTS} times.`);
  }

  async function addressesOf(url: URL, signal: AbortSignal): Promise<readonly Address[]> {
    const host = hostOf(url).replace(/^\[|\]$/g, '');
    const family = isIP(host);
    const addresses = family > 0 ? [{ address: host, family }] : await unlessAborted(resolve(host), signal);
    if (addresses.length > 0 && (isAllowed(url) || addresses.every(({ address }) => isPublicAddress(address)))) {
      return addresses;
    }
    throw new AppError('FORBIDDEN', `${hostOf(url)} is not on the public internet, and not among the allowed hosts.`);
  }

  return async ({ method, url, headers, body, maxBytes, signal }) => {
    const first: Hop = { method, url: parseUrl(url), headers: checkHeaders(headers), body };
    return withDeadline(timeoutMs, signal, async (deadline) => {
      try {
        return await follow(first, Math.min(maxBytes, MAX_BYTES), deadline);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof AppError) throw error;
        if (deadline.aborted) throw tooLate(timeoutMs);
        throw unreachable(error);
      }
    });
  };
}

function parseUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw new InvalidInputError('url', 'That is not an absolute address.');
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InvalidInputError('url', 'An address starts with http:// or https://.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidInputError('url', 'An address must not hold a user name or a password.');
  }
  url.hostname = hostOf(url);
  return url;
}

/** Headers that decide where a request goes or where it ends: they are the client's, not the caller's. */
const RESERVED_HEADER =
  /^(host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|expect|accept-encoding)$/;

function checkHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  for (const [name, value] of checked) {
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new InvalidInputError('headers', 'A header has a character that it cannot have.');
    }
    if (RESERVED_HEADER.test(name)) throw new InvalidInputError('headers', `The header ${name} cannot be chosen.`);
  }
  return Object.fromEntries(checked);
}

function send(hop: Hop, addresses: readonly Address[], signal: AbortSignal): Promise<IncomingMessage> {
  const request = hop.url.protocol === 'https:' ? requestByHttps : requestByHttp;
  // Node says by itself how long a body is, but not of a GET, HEAD or DELETE: there it would be read as a second request.
  const length = hop.body === null ? {} : { 'content-length': Buffer.byteLength(hop.body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(hop.url, {
      method: hop.method,
      headers: { accept: '*/*', 'user-agent': 'Tomato', ...hop.headers, ...length, 'accept-encoding': 'identity' },
      agent: false,
      lookup: answering(addresses),
      signal,
    });
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.on('close', () => reject(new Error('The connection ended without an answer.')));
    outgoing.end(hop.body ?? undefined);
  });
}

/** A look-up that knows its answer: what was checked is what is connected to. */
function answering(addresses: readonly Address[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** The request that a redirect asks for; null if it is none. */
function redirectOf(
  { method, url, headers, body }: Hop,
  { statusCode = 0, headers: answer }: IncomingMessage,
): Hop | null {
  if (![301, 302, 303, 307, 308].includes(statusCode) || answer.location === undefined) return null;
  const target = parseUrl(answer.location, url);
  const kept = target.origin === url.origin ? headers : withoutIdentity(headers);
  const keepsMethod = statusCode >= 307 || method === 'GET' || method === 'HEAD';
  if (keepsMethod) return { method, url: target, headers: kept, body };
  const { 'content-type': _type, ...bodiless } = kept;
  return { method: 'GET', url: target, headers: bodiless, body: null };
}

/** Only headers that say nothing about who asks: a key may be in any other. */
function withoutIdentity(headers: Readonly<Record<string, string>>): Record<string, string> {
  const neutral = ['accept', 'accept-language', 'content-type'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => neutral.includes(name)));
}

async function read(response: IncomingMessage, url: URL, maxBytes: number): Promise<PublicResponse> {
  const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    response.destroy();
    throw new AppError('UPSTREAM_FAILED', 'The answer is compressed, although it was asked for as it is.');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) break; // leaving the loop destroys the stream, and with it the connection
  }
  const contentType = response.headers['content-type'] ?? '';
  return {
    status: response.statusCode ?? 0,
    url: url.href,
    mediaType: contentType.split(';', 1).join('').trim().toLowerCase(),
    charset: /;\s*charset="?(?<name>[\w.:-]+)/i.exec(contentType)?.groups?.['name'] ?? null,
    body: Buffer.concat(chunks).subarray(0, maxBytes),
    isTruncated: bytes > maxBytes,
  };
}

/** A look-up cannot be called off, but nobody has to wait for it. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error('Aborted while looking up a name.'));
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

const tooLate = (timeoutMs: number): AppError =>
  new AppError('UPSTREAM_TIMEOUT', `The address did not answer within ${timeoutMs} ms.`, { isRetryable: true });

/** Says by which code of the system it failed, such as ENOTFOUND, and nothing else about where the server stands. */
function unreachable(error: unknown): AppError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return new AppError(
    'UPSTREAM_FAILED',
    `The address cannot be reached${code}.`,
    { isRetryable: true },
    { cause: error },
  );
}
