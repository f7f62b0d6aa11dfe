import { InvalidInputError } from '../../base/errors.js';

const MAX_KEY_CHARS = 255;

/**
 * What a client sent as the key of an operation, as it is; undefined if nothing.
 *
 * @param header `Idempotency-Key` of an HTTP request. It may be quoted, as RFC 8941 writes strings. `extensions.idempotencyKey` goes before it.
 */
export function sentKey(
  extensions: Readonly<Record<string, unknown>> | null | undefined,
  header: string | readonly string[] | null | undefined,
): unknown {
  return extensions?.['idempotencyKey'] ?? (typeof header === 'string' ? unquote(header) : header) ?? undefined;
}

/** @throws {InvalidInputError} if it cannot be a key. */
export function checkKey(sent: unknown): string {
  if (typeof sent === 'string' && sent.length <= MAX_KEY_CHARS && /^[\x21-\x7e]+$/.test(sent)) return sent;
  throw new InvalidInputError('idempotencyKey', `A key has 1 to ${MAX_KEY_CHARS} visible ASCII characters.`);
}

function unquote(header: string): string {
  return /^".*"$/.test(header) ? header.slice(1, -1).replace(/\\(["\\])/g, '$1') : header;
}
