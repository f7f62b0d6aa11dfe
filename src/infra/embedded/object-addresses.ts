import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.js';

/** Where our HTTP server serves objects. */
const MOUNT = '/objects/';

/** What an address allows. `expires` is in milliseconds since 1970. */
export type Grant =
  | { readonly method: 'GET'; readonly key: string; readonly expires: number; readonly fileName: string }
  | {
      readonly method: 'PUT';
      readonly key: string;
      readonly expires: number;
      readonly mediaType: string;
      readonly bytes: number;
    };

/** Writes addresses that say what they allow, and reads only those that were written with the same secret. */
export class ObjectAddresses {
  /** @param secret 32 bytes. */
  constructor(
    private readonly secret: Buffer,
    private readonly clock: Clock,
  ) {}

  /** The path of an address, with all that proves the grant. */
  write(grant: Grant): string {
    const { method: _method, key, ...terms } = grant;
    const query = new URLSearchParams();
    for (const [name, term] of Object.entries(terms)) query.set(name, String(term));
    query.set('signature', this.#sign(grant).toString('base64url'));
    return `${MOUNT}${key.split('/').map(encodeURIComponent).join('/')}?${query.toString()}`;
  }

  /** Null if we did not write the address, if it was changed, or if it has expired. HEAD is a GET without its content. */
  read(method: string, path: string): Grant | null {
    const grant = parse(method === 'HEAD' ? 'GET' : method, path);
    if (grant === null || !(grant.claim.expires > this.clock.now().getTime())) return null;
    const signature = this.#sign(grant.claim);
    const isOurs = grant.signature.length === signature.length && timingSafeEqual(grant.signature, signature);
    return isOurs ? grant.claim : null;
  }

  #sign(grant: Grant): Buffer {
    const { method, key, expires } = grant;
    const terms = grant.method === 'GET' ? [grant.fileName] : [grant.mediaType, grant.bytes];
    return createHmac('sha256', this.secret)
      .update(JSON.stringify([method, key, expires, ...terms]))
      .digest();
  }
}

/** What an address claims. */
function parse(method: string, path: string): { readonly claim: Grant; readonly signature: Buffer } | null {
  if (!URL.canParse(path, 'http://localhost')) return null;
  const { pathname, searchParams: query } = new URL(path, 'http://localhost');
  const key = decodeKey(pathname);
  if (key === null) return null;
  const signature = Buffer.from(query.get('signature') ?? '', 'base64url');
  const expires = Number(query.get('expires'));
  if (method === 'GET') {
    return { claim: { method, key, expires, fileName: query.get('fileName') ?? '' }, signature };
  }
  if (method === 'PUT') {
    const terms = { mediaType: query.get('mediaType') ?? '', bytes: Number(query.get('bytes')) };
    return { claim: { method, key, expires, ...terms }, signature };
  }
  return null;
}

function decodeKey(pathname: string): string | null {
  if (!pathname.startsWith(MOUNT)) return null;
  try {
    return pathname.slice(MOUNT.length).split('/').map(decodeURIComponent).join('/');
  } catch {
    return null;
  }
}
