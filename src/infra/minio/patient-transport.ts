import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';

/** Milliseconds without a sign of life after which a request is given up: callers promise a refusal within 5 s. */
const SILENCE_MS = 4_000;

/** The same once the answer has begun, since whoever reads it may be slow. */
const CONTENT_SILENCE_MS = 60_000;

/** As `http.request` and `https.request`, which wait for ever by themselves. */
export function patientRequest(options: RequestOptions, onAnswer?: (answer: IncomingMessage) => void): ClientRequest {
  const { request: send } = options.protocol === 'https:' ? https : http;
  const request = send(options, onAnswer);
  request.setTimeout(SILENCE_MS, () => request.destroy(new Error('The object store gives no sign of life.')));
  request.once('response', () => request.setTimeout(CONTENT_SILENCE_MS));
  return request;
}
