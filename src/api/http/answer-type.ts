import type { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';

export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * In which media type of GraphQL over HTTP a client takes answers; null if in none. Who takes both alike gets the one that it names first, and JSON where it
 * names neither.
 */
export function answerType(headers: IncomingHttpHeaders): string | null {
  return acceptedType(headers, [JSON_TYPE, 'application/graphql-response+json; charset=utf-8']);
}

/** Which of the media types a client takes, by its `Accept` (RFC 9110, 12.5.1); null if none. Without the header any will do. */
export function acceptedType({ accept }: IncomingHttpHeaders, types: string[]): string | null {
  return new Negotiator({ headers: { accept: accept || '*/*' } }).mediaType(types) ?? null;
}
