import { createHash, createHmac } from 'node:crypto';
import type { Secret } from '../../base/secret.js';

const ALGORITHM = 'AWS4-HMAC-SHA256';

export type Signer = { readonly region: string; readonly accessKey: Secret; readonly secretKey: Secret };

export type SignedRequest = {
  readonly method: 'GET' | 'PUT';
  /** Without a query. */
  readonly url: URL;
  /** What the one who uses the address must send exactly so. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly expiresInSeconds: number;
  readonly now: Date;
};

/**
 * An address that carries the right to one request (AWS Signature Version 4 in the query). Unlike the `minio` client it signs headers too,
 * such as the length and the type of what may be uploaded.
 */
export function presign({ region, accessKey, secretKey }: Signer, request: SignedRequest): string {
  const { method, url, expiresInSeconds, now } = request;
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers = canonicalHeaders({ ...request.headers, host: url.host });
  const signedHeaders = headers.map(([name]) => name).join(';');
  const query = canonicalQuery({
    ...request.query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${accessKey.reveal()}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(expiresInSeconds),
    'X-Amz-SignedHeaders': signedHeaders,
  });
  const canonical = [
    method,
    url.pathname,
    query,
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    signedHeaders,
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const toSign = [ALGORITHM, time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = scope.split('/').reduce<Buffer | string>(hmac, `AWS4${secretKey.reveal()}`);
  return `${url.origin}${url.pathname}?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
}

/** Percent-encoded as S3 wants it: everything but letters, digits and `-_.~`. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function canonicalHeaders(headers: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()] as const);
  return lowered.toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
    .toSorted()
    .join('&');
}
