import type { ServerResponse } from 'node:http';
import { AppError, type ErrorCode, type ErrorDetails } from '../../base/errors.js';
import { describe } from '../format-error.js';
import { answerType, JSON_TYPE } from './answer-type.js';

/** A request that is answered with an HTTP status before GraphQL sees it. */
export class HttpRefusal extends AppError {
  constructor(
    readonly status: number,
    code: ErrorCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    details: ErrorDetails = {},
  ) {
    super(code, message, details);
  }
}

/**
 * In the form of a GraphQL answer, so that clients need to understand only one; in GraphQL's own media type to whoever takes it, since some, as Apollo Client,
 * look into a failure only then. The connection ends: part of the request may be unread.
 */
export function refuse(response: ServerResponse, refusal: HttpRefusal): void {
  const { status, headers } = refusal;
  const type = answerType(response.req.headers) ?? JSON_TYPE;
  sendJson(
    response,
    status,
    { errors: [describe(refusal, null)] },
    { 'Content-Type': type, ...headers, Connection: 'close' },
  );
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendText(response, status, JSON.stringify(body), { 'Content-Type': JSON_TYPE, ...headers });
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string | number>>,
): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(text) }).end(text);
}
